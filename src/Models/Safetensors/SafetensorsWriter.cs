using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace IlgpuVq.Models.Safetensors;

/// <summary>Writes safetensors files in the format's canonical order, streaming the tensors.</summary>
public static class SafetensorsWriter
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly JsonWriterOptions JsonOptions = new()
    {
        // The header is a file's, never part of a page: only what JSON itself demands is escaped.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes a file to a stream, from where the stream stands.</summary>
    /// <remarks>
    /// <para>Tensors lie by element size, the greatest first, and by name (its UTF-8 bytes) within one size, so equal content
    /// gives equal files. The header begins with <c>{</c> and is padded with spaces to a multiple of 8. Everything about it is
    /// checked before the first byte is written.</para>
    /// <para>Not atomic by itself: to replace a file, write to a temporary one and rename it.</para>
    /// </remarks>
    /// <param name="stream">Takes the bytes; must be able to seek when a digest is asked for.</param>
    /// <param name="tensors">The tensors, in any order.</param>
    /// <param name="metadata">Strings for <c>__metadata__</c>.</param>
    /// <param name="digest">Adds a checksum of the file as metadata <c>sha256</c>, for
    /// <see cref="SafetensorsFile.VerifyDigest"/>.</param>
    /// <exception cref="SafetensorsException">
    /// A name stands twice or is reserved, text is not whole Unicode, the header is too long, or a tensor writes another number
    /// of bytes than its shape says.
    /// </exception>
    public static void Write(
        Stream stream,
        IEnumerable<TensorData> tensors,
        IReadOnlyDictionary<string, string>? metadata = null,
        bool digest = false)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tensors);
        if (digest && !stream.CanSeek)
        {
            throw new ArgumentException("a digest needs a stream that can seek", nameof(stream));
        }

        var ordered = Order(tensors);
        var (header, digestPosition) = BuildHeader(ordered, metadata ?? new Dictionary<string, string>(), digest);

        using var hash = digest ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        var start = digest ? stream.Position : 0;
        stream.Write(header);
        hash?.AppendData(header);
        foreach (var tensor in ordered)
        {
            WriteTensor(stream, tensor, hash);
        }

        if (hash is not null)
        {
            var end = stream.Position;
            stream.Position = start + digestPosition;
            stream.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash.GetHashAndReset())));
            stream.Position = end;
        }
    }

    internal static SafetensorsException Refuse(string expected, string actual, Exception? inner = null) =>
        new("safetensors", expected, actual, "Correct what is handed to the writer.", inner);

    /// <summary>The tensors in the order of the file, their names found fit.</summary>
    private static List<TensorData> Order(IEnumerable<TensorData> tensors)
    {
        var named = tensors.Select(tensor => (Name: EncodeText(tensor.Name), Tensor: tensor)).ToList();
        named.Sort((left, right) => (left.Tensor.Type.ByteSize(), right.Tensor.Type.ByteSize()) is var (a, b) && a != b
            ? b.CompareTo(a)
            : left.Name.AsSpan().SequenceCompareTo(right.Name));
        var names = new HashSet<string>([SafetensorsHeader.MetadataKey], StringComparer.Ordinal);
        return named.FirstOrDefault(pair => !names.Add(pair.Tensor.Name)) is { Tensor.Name: var name }
            ? throw Refuse(
                $"each name once, and none of them {SafetensorsHeader.MetadataKey}", $"{SafetensorsException.Quote(name)} again")
            : [.. named.Select(pair => pair.Tensor)];
    }

    /// <summary>
    /// The length prefix and the padded header; and where the digest's digits go, counted from the start of the file.
    /// </summary>
    private static (byte[] Bytes, long DigestPosition) BuildHeader(
        List<TensorData> tensors, IReadOnlyDictionary<string, string> metadata, bool digest)
    {
        var buffer = new ArrayBufferWriter<byte>();
        buffer.Write(stackalloc byte[sizeof(ulong)]);
        var digestPosition = -1L;
        using (var json = new Utf8JsonWriter(buffer, JsonOptions))
        {
            json.WriteStartObject();
            if (digest || metadata.Count > 0)
            {
                digestPosition = WriteMetadata(json, metadata, digest);
            }

            WriteEntries(json, tensors);
            json.WriteEndObject();
        }

        while (buffer.WrittenCount % 8 != 0)
        {
            buffer.Write(" "u8);
        }

        var length = buffer.WrittenCount - sizeof(ulong);
        if (length > SafetensorsHeader.LongestHeader)
        {
            throw Refuse($"a header of at most {SafetensorsHeader.LongestHeader} bytes", $"{length}");
        }

        var bytes = buffer.WrittenSpan.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)length);
        return (bytes, digestPosition);
    }

    private static long WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata, bool digest)
    {
        var digestPosition = -1L;
        json.WriteStartObject(SafetensorsHeader.MetadataKey);
        if (digest)
        {
            json.WriteString(SafetensorsDigest.Key, SafetensorsDigest.Placeholder);

            // Behind the digits stands only the closing quote.
            digestPosition = sizeof(ulong) + json.BytesCommitted + json.BytesPending - 1 - SafetensorsDigest.Digits;
        }

        foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (digest && key == SafetensorsDigest.Key)
            {
                throw Refuse($"metadata without '{SafetensorsDigest.Key}', which the checksum takes", "that key");
            }

            json.WriteString(EncodeText(key), EncodeText(value));
        }

        json.WriteEndObject();
        return digestPosition;
    }

    private static void WriteEntries(Utf8JsonWriter json, List<TensorData> tensors)
    {
        var offset = 0L;
        foreach (var tensor in tensors)
        {
            json.WriteStartObject(tensor.Name);
            json.WriteString("dtype"u8, tensor.Type.ToString());
            json.WriteStartArray("shape"u8);
            foreach (var dimension in tensor.Shape)
            {
                json.WriteNumberValue(dimension);
            }

            json.WriteEndArray();
            json.WriteStartArray("data_offsets"u8);
            json.WriteNumberValue(offset);
            offset = offset <= long.MaxValue - tensor.ByteLength
                ? offset + tensor.ByteLength
                : throw Refuse("fewer than 2^63 bytes in all tensors together", "more");
            json.WriteNumberValue(offset);
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    private static void WriteTensor(Stream stream, TensorData tensor, IncrementalHash? hash)
    {
        using var counted = new CountingStream(stream, tensor, hash);
        tensor.Write(counted);
        if (counted.Left != 0)
        {
            throw Refuse(
                $"{tensor.ByteLength} bytes written for tensor {SafetensorsException.Quote(tensor.Name)}",
                $"{tensor.ByteLength - counted.Left}");
        }
    }

    private static byte[] EncodeText(string text)
    {
        try
        {
            return StrictUtf8.GetBytes(text);
        }
        catch (EncoderFallbackException exception)
        {
            throw Refuse(
                "names and metadata of whole Unicode characters",
                $"half a surrogate pair in {SafetensorsException.Quote(text)}",
                exception);
        }
    }

    /// <summary>
    /// What a tensor writes into: passes on, adds to the checksum, and lets through no byte more than the tensor's length.
    /// </summary>
    private sealed class CountingStream(Stream target, TensorData tensor, IncrementalHash? hash) : Stream
    {
        /// <summary>Bytes that are still to come.</summary>
        public long Left { get; private set; } = tensor.ByteLength;

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
            if (buffer.Length > Left)
            {
                throw Refuse(
                    $"{tensor.ByteLength} bytes written for tensor {SafetensorsException.Quote(tensor.Name)}",
                    $"{tensor.ByteLength - Left + buffer.Length} or more");
            }

            Left -= buffer.Length;
            hash?.AppendData(buffer);
            target.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() => target.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
