using IlgpuVq.Benchmarks;

return args switch
{
    ["first-step", var dataRoot, var folder] => FirstStep.Write(dataRoot, folder),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: first-step DATA_ROOT FOLDER (writes weights, images, loss and gradients of a first training step)");
    return 1;
}
