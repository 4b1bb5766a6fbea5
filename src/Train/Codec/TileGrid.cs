using IlgpuVq.Train.Codes;

namespace IlgpuVq.Train.Codec;

/// <summary>An image as tiles of one size, row by row: the last ones repeat the image's last row and column, as
/// <see cref="StridePadding"/> does.</summary>
/// <param name="Channels">Of the image.</param>
/// <param name="Height">Of the image, in pixels.</param>
/// <param name="Width">Of the image, in pixels.</param>
/// <param name="Tile">Of a tile.</param>
internal sealed record TileGrid(int Channels, int Height, int Width, (int Height, int Width) Tile)
{
    public int Rows => (Height + Tile.Height - 1) / Tile.Height;

    public int Columns => (Width + Tile.Width - 1) / Tile.Width;

    /// <summary>Tiles, N.</summary>
    public int Count => Rows * Columns;

    /// <summary>Of all tiles.</summary>
    public long Pixels => (long)Rows * Columns * Tile.Height * Tile.Width;

    /// <summary>Numbers of a tile.</summary>
    public int TileLength => Channels * Tile.Height * Tile.Width;

    private (int Height, int Width) Padded => (Rows * Tile.Height, Columns * Tile.Width);

    /// <summary>Tiles (N, C, h, w) of an image (C, H, W).</summary>
    public float[] Cut(float[] image)
    {
        var planes = StridePadding.Pad(image, (Height, Width), Padded);
        var tiles = new float[(long)Count * TileLength];
        foreach (var (inPlanes, inTiles) in RowsOfTiles())
        {
            Array.Copy(planes, inPlanes, tiles, inTiles, Tile.Width);
        }

        return tiles;
    }

    /// <summary>The image (C, H, W) of tiles (N, C, h, w).</summary>
    public float[] Join(float[] tiles)
    {
        var planes = new float[(long)Count * TileLength];
        foreach (var (inPlanes, inTiles) in RowsOfTiles())
        {
            Array.Copy(tiles, inTiles, planes, inPlanes, Tile.Width);
        }

        return StridePadding.Cut(planes, Padded, (Height, Width));
    }

    /// <summary>Where each row of pixels of each tile lies in planes and in tiles.</summary>
    private IEnumerable<(long InPlanes, long InTiles)> RowsOfTiles()
    {
        var at = 0L;
        for (var tile = 0; tile < Count; tile++)
        {
            var (row, column) = (tile / Columns * Tile.Height, tile % Columns * Tile.Width);
            for (var channel = 0; channel < Channels; channel++)
            {
                for (var y = 0; y < Tile.Height; y++, at += Tile.Width)
                {
                    yield return (((long)channel * Padded.Height + row + y) * Padded.Width + column, at);
                }
            }
        }
    }
}
