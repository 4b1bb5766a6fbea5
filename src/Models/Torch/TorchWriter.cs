using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using IlgpuVq.Models.Safetensors;
using static IlgpuVq.Models.Safetensors.SafetensorsException;

namespace IlgpuVq.Models.Torch;

/// <summary>Writes PyTorch checkpoints in the zip form: an ordered dictionary of tensors, as <c>torch.save</c> of a state
/// dictionary.</summary>
/// <remarks>Each tensor has a storage of its own, which begins at a multiple of 64 bytes. Equal content gives equal
/// files.</remarks>
public static class TorchWriter
{
    private const string Folder = "archive/";
    private const int Alignment = 64;
    private const ushort Utf8Names = 1 << 11, SizesBehind = 1 << 3;

    /// <summary>The extra field that fills up to an alignment.</summary>
    private const ushort PaddingId = 0x4246;

    /// <summary>Writes a file to a stream, from where the stream stands, which is the start of the file.</summary>
    /// <param name="stream">Takes the bytes.</param>
    /// <param name="tensors">The tensors, in the order in which they are to be loaded.</param>
    /// <exception cref="TorchException">A name stands twice, PyTorch has no such element type, or the file would have 4 GiB or
    /// more.</exception>
    public static void Write(Stream stream, IEnumerable<TensorData> tensors)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var all = tensors.ToArray();
        var archive = new Archive(stream);
        var pickle = new PickleWriter(all).ToArray();
        archive.Add("data.pkl", pickle.Length, part => part.Write(pickle));
        archive.Add("byteorder", 6, part => part.Write("little"u8));
        for (var i = 0; i < all.Length; i++)
        {
            archive.Add($"data/{i}", all[i].ByteLength, all[i].Write);
        }

        archive.Add("version", 2, part => part.Write("3\n"u8));
        archive.Finish();
    }

    private static TorchException Refuse(string expected, string actual) =>
        new("torch", expected, actual, "Write a safetensors file instead.");

    /// <summary>Stored files one behind the other, and their directory.</summary>
    private sealed class Archive(Stream stream)
    {
        private readonly ArrayBufferWriter<byte> directory = new();
        private long position;
        private ushort count;

        public void Add(string name, long length, Action<Stream> write)
        {
            var path = Encoding.UTF8.GetBytes(Folder + name);
            var start = position + 30 + path.Length + 4;
            var padding = (int)((Alignment - (start % Alignment)) % Alignment);
            if (start + padding + length > uint.MaxValue - (1 << 20) || count == ushort.MaxValue)
            {
                throw Refuse("fewer than 4 GiB and 65535 files", "more");
            }

            var header = position;
            byte[] local = [.. Fields(0x04034b50u), .. Common(0, 0), .. Words((ushort)path.Length, (ushort)(4 + padding)),
                .. path, .. Words(PaddingId, (ushort)padding), .. new byte[padding]];
            Put(local);
            using var counted = new CheckedStream(stream);
            write(counted);
            if (counted.Count != length)
            {
                throw new InvalidOperationException($"{name}: {counted.Count} bytes written where {length} were announced");
            }

            position += length;
            Put([.. Fields(0x08074b50u, counted.Crc, (uint)length, (uint)length)]);
            directory.Write([.. Fields(0x02014b50u), .. Words(0), .. Common(counted.Crc, (uint)length),
                .. Words((ushort)path.Length, 0, 0, 0, 0), .. Fields(0u, (uint)header), .. path]);
            count++;
        }

        public void Finish()
        {
            var start = (uint)position;
            var length = (uint)directory.WrittenCount;
            Put(directory.WrittenSpan.ToArray());
            Put([.. Fields(0x06054b50u), .. Words(0, 0, count, count), .. Fields(length, start), .. Words(0)]);
        }

        /// <summary>What both headers of a file have: version, flags, method, time, checksum and sizes.</summary>
        private static byte[] Common(uint crc, uint length) =>
            [.. Words(20, Utf8Names | SizesBehind, 0, 0, 0x21), .. Fields(crc, length, length)];

        private static byte[] Words(params ReadOnlySpan<ushort> values)
        {
            var bytes = new byte[2 * values.Length];
            for (var i = 0; i < values.Length; i++)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * i), values[i]);
            }

            return bytes;
        }

        private static byte[] Fields(params ReadOnlySpan<uint> values)
        {
            var bytes = new byte[4 * values.Length];
            for (var i = 0; i < values.Length; i++)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * i), values[i]);
            }

            return bytes;
        }

        private void Put(byte[] bytes)
        {
            stream.Write(bytes);
            position += bytes.Length;
        }
    }

    /// <summary>The pickle of the dictionary, of protocol 2.</summary>
    private sealed class PickleWriter
    {
        private readonly ArrayBufferWriter<byte> bytes = new();

        public PickleWriter(TensorData[] tensors)
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            Put(0x80, 2);
            Empty();
            bytes.Write("("u8);
            for (var i = 0; i < tensors.Length; i++)
            {
                var tensor = tensors[i];
                if (!names.Add(tensor.Name))
                {
                    throw Refuse("each name once", $"{Quote(tensor.Name)} again");
                }

                Text(tensor.Name);
                Tensor(tensor, $"{i}");
            }

            bytes.Write("u."u8);
        }

        public byte[] ToArray() => bytes.WrittenSpan.ToArray();

        private void Tensor(TensorData tensor, string key)
        {
            var storage = TorchObjects.StorageName(tensor.Type)
                ?? throw Refuse("an element type of PyTorch", $"{tensor.Type} of {Quote(tensor.Name)}");
            Global("torch._utils", "_rebuild_tensor_v2");
            bytes.Write("(("u8);
            Text("storage");
            Global("torch", storage);
            Text(key);
            Text("cpu");
            Number(tensor.ByteLength / tensor.Type.ByteSize());
            bytes.Write("tQ"u8);
            Number(0);
            Tuple(tensor.Shape);
            Tuple(Strides(tensor.Shape));
            Put(0x89); // no gradient
            Empty(); // no hooks
            bytes.Write("tR"u8);
        }

        private void Put(params ReadOnlySpan<byte> values) => bytes.Write(values);

        private void Empty()
        {
            Global("collections", "OrderedDict");
            bytes.Write(")R"u8);
        }

        private void Global(string module, string name) => bytes.Write(Encoding.ASCII.GetBytes($"c{module}\n{name}\n"));

        private void Text(string text)
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            bytes.Write("X"u8);
            Little((uint)utf8.Length, 4);
            bytes.Write(utf8);
        }

        private void Number(long number)
        {
            if (number <= int.MaxValue)
            {
                bytes.Write("J"u8);
                Little((ulong)number, 4);
            }
            else
            {
                Put(0x8A, 8);
                Little((ulong)number, 8);
            }
        }

        private void Tuple(IEnumerable<long> numbers)
        {
            bytes.Write("("u8);
            foreach (var number in numbers)
            {
                Number(number);
            }

            bytes.Write("t"u8);
        }

        private void Little(ulong value, int count)
        {
            for (var i = 0; i < count; i++)
            {
                Put((byte)(value >> (8 * i)));
            }
        }

        /// <summary>Of a row-major tensor. A dimension of 0 counts as 1.</summary>
        private static long[] Strides(IReadOnlyList<long> shape)
        {
            var strides = new long[shape.Count];
            var stride = 1L;
            for (var axis = shape.Count - 1; axis >= 0; axis--)
            {
                strides[axis] = stride;
                stride *= Math.Max(1, shape[axis]);
            }

            return strides;
        }
    }

    /// <summary>Counts what passes, and adds it to a checksum.</summary>
    private sealed class CheckedStream(Stream target) : Stream
    {
        private Crc32 crc = Crc32.Start();

        public long Count { get; private set; }

        public uint Crc => crc.Value;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Count += buffer.Length;
            crc.Append(buffer);
            target.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() => target.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
