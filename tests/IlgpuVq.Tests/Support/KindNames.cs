namespace IlgpuVq.Tests.Support;

/// <summary>Names as messages list them, for messages that are written out.</summary>
internal static class KindNames
{
    public const string Families = "vqvae or vqvae2 or keras-vqvae or bn-vqvae or vq-cvae or vqmodel or kl or tiny or asymmetric "
        + "or paella or cvae";

    public const string Sets = "shapes, mnist, fashion-mnist, cifar10, mini-imagenet or a folder of images";

    public const string Presets = "deepmind, zalando, zalando-gradient, rosinality, seed-notebook, hwangjohn-local, "
        + "hwangjohn-colab, hwangjohn-paper, keras-mnist, ritheshkumar, nadavbh12-mnist, nadavbh12-cifar10, nadavbh12-imagenet, "
        + "diffusers-vqmodel, diffusers-kl, diffusers-tiny, diffusers-asymmetric, paella, nadavbh12-cvae, vqgan";
}
