namespace IlgpuVq.Models.Images;

/// <summary>The data of consecutive IDAT chunks as one stream, for the inflater.</summary>
/// <remarks>At its end the reader stands at the chunk after the last.</remarks>
internal sealed class PngImageData(PngChunkReader chunks) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        while (buffer.Length > 0 && chunks.Name == "IDAT")
        {
            var count = chunks.Read(buffer);
            if (count > 0)
            {
                return count;
            }

            chunks.Next();
        }

        return 0;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
