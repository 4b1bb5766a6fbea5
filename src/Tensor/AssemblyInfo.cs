using System.Runtime.CompilerServices;
using ILGPU;

// The launchers that ILGPU makes take the kernels' structures, which are internal.
[assembly: InternalsVisibleTo(Context.RuntimeAssemblyName)]
