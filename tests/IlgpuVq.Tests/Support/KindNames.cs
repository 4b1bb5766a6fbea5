namespace IlgpuVq.Tests.Support;

/// <summary>Names as messages list them.</summary>
internal static class KindNames
{
    public const string Families = "vqvae or vqvae2 or vqmodel or kl or tiny or asymmetric or paella or cvae";

    public const string Presets =
        "deepmind, zalando, rosinality, diffusers-vqmodel, diffusers-kl, diffusers-tiny, diffusers-asymmetric, paella, "
            + "nadavbh12-cvae";
}
