namespace IlgpuVq.Models.Data;

/// <summary>The shapes, as signed distances: how far a point is outside (above 0) or inside (below 0) the outline.</summary>
/// <remarks>
/// <para>Every shape lies in the circle of radius 1 around the origin. Y points down.</para>
/// <para>Only operations that IEEE 754 rounds exactly (+ − · / √) are used, so that all machines draw the same bits.</para>
/// </remarks>
internal static class ShapeOutline
{
    // cos and sin of 18°, 36°, 54° and 72°, for the five points of the star; the inner points lie at 0.45 of the outer radius.
    private const float Cos18 = 0.95105652f, Sin18 = 0.30901699f, Cos54 = 0.58778525f, Sin54 = 0.80901699f, Inner = 0.45f;

    private static readonly (float X, float Y)[] TriangleCorners = [(0f, -0.92f), (0.79674337f, 0.46f), (-0.79674337f, 0.46f)];

    private static readonly (float X, float Y)[] StarCorners =
    [
        (0f, -1f), (Inner * Cos54, -Inner * Sin54), (Cos18, -Sin18), (Inner * Cos18, Inner * Sin18), (Cos54, Sin54),
        (0f, Inner), (-Cos54, Sin54), (-Inner * Cos18, Inner * Sin18), (-Cos18, -Sin18), (-Inner * Cos54, -Inner * Sin54),
    ];

    /// <summary>The shapes in the order of their labels.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "circle", "square", "triangle", "ring", "cross", "star", "heart", "crescent",
    ];

    public static float Distance(int shape, float x, float y) => shape switch
    {
        0 => Length(x, y) - 0.85f,
        1 => Box(x, y, 0.64f, 0.64f) - 0.06f,
        2 => Polygon(TriangleCorners, x, y) - 0.06f,
        3 => MathF.Abs(Length(x, y) - 0.7f) - 0.2f,
        4 => MathF.Min(Box(x, y, 0.85f, 0.24f), Box(x, y, 0.24f, 0.85f)) - 0.04f,
        5 => Polygon(StarCorners, x, y),
        6 => Heart(x, y),
        _ => MathF.Max(Length(x, y) - 0.92f, 0.74f - Length(x - 0.44f, y)),
    };

    private static float Length(float x, float y) => MathF.Sqrt((x * x) + (y * y));

    private static float Box(float x, float y, float halfWidth, float halfHeight)
    {
        var (outX, outY) = (MathF.Abs(x) - halfWidth, MathF.Abs(y) - halfHeight);
        return Length(MathF.Max(outX, 0f), MathF.Max(outY, 0f)) + MathF.Min(MathF.Max(outX, outY), 0f);
    }

    /// <summary>A square on its corner, with half a disc on each of its two upper sides.</summary>
    private static float Heart(float x, float y)
    {
        const float side = 0.52f, diagonal = 0.70710678f; // half the square's side; √½
        var up = y - 0.12f;
        var (along, across) = ((x + up) * diagonal, (up - x) * diagonal);
        var square = Box(along, across, side, side);
        var right = Length(along, across + side) - side;
        var left = Length(along + side, across) - side;
        return MathF.Min(square, MathF.Min(left, right));
    }

    /// <summary>
    /// Distance to the nearest side; negative where a ray to the right crosses the sides an odd number of times.
    /// </summary>
    private static float Polygon((float X, float Y)[] corners, float x, float y)
    {
        var nearest = float.PositiveInfinity;
        var isInside = false;
        var (fromX, fromY) = corners[^1];
        foreach (var (toX, toY) in corners)
        {
            var (sideX, sideY, offsetX, offsetY) = (toX - fromX, toY - fromY, x - fromX, y - fromY);
            var projection = ((offsetX * sideX) + (offsetY * sideY)) / ((sideX * sideX) + (sideY * sideY));
            var along = MathF.Min(MathF.Max(projection, 0f), 1f);
            var (gapX, gapY) = (offsetX - (along * sideX), offsetY - (along * sideY));
            nearest = MathF.Min(nearest, (gapX * gapX) + (gapY * gapY));
            if ((fromY > y) != (toY > y) && x < fromX + ((y - fromY) / sideY * sideX))
            {
                isInside = !isInside;
            }

            (fromX, fromY) = (toX, toY);
        }

        return isInside ? -MathF.Sqrt(nearest) : MathF.Sqrt(nearest);
    }
}
