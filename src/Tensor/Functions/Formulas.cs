namespace IlgpuVq.Tensors.Functions;

/// <summary>Functions of numbers, each a formula over lanes; <see cref="ElementaryFunctions"/> has them for floats and
/// vectors.</summary>
/// <remarks>
/// <para>Products that are added to something may or may not be rounded first: no formula needs either.</para>
/// <para>Polynomials are minimax approximations with coefficients of 32 bits, made by
/// <c>tests/IlgpuVq.Tests/Tensors/Functions/fit_constants.py</c>.</para>
/// </remarks>
/// <typeparam name="TMath">How to compute with T.</typeparam>
/// <typeparam name="T">A number, or several side by side.</typeparam>
internal static partial class Formulas<TMath, T>
    where TMath : struct, IArithmetic<T>
    where T : struct;
