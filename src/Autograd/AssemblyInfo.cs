using System.Runtime.CompilerServices;
using ILGPU;

// The launchers that ILGPU makes take structures of kernels with operators of this project in them.
[assembly: InternalsVisibleTo(Context.RuntimeAssemblyName)]
