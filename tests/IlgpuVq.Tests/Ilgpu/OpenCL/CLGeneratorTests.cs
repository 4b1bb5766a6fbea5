using ILGPU;
using ILGPU.Backends.OpenCL;
using ILGPU.Frontend;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.OpenCL;

/// <summary>The text of generated OpenCL C: what the differential suite cannot see.</summary>
public class CLGeneratorTests
{
    private static readonly CLTarget Full = new(WarpSize: 32, HasFloat64: true, HasInt64Atomics: true, HasSubgroupShuffle: false);

    [Fact]
    public void Loops_and_conditions_read_as_they_were_written()
    {
        var text = Generate(SumPositive).Source;
        Assert.Equal(
            """
            // CLGeneratorTests.SumPositive
            #pragma OPENCL FP_CONTRACT OFF

            kernel void SumPositive(
                int extent_x,
                global float* x_buffer,
                long x_offset,
                long x_length,
                global float* y_buffer,
                long y_offset,
                long y_length,
                int count)
            {
                int i = (int)get_global_id(0);
                global float* x = (global float*)((global uchar*)x_buffer + x_offset);
                global float* y = (global float*)((global uchar*)y_buffer + y_offset);
                if (i < extent_x)
                {
                    int j = 0;
                    float sum = 0.0f;
                    while (j < count)
                    {
                        float value = x[(int)((uint)i * count + j)];
                        j = j + 1u;
                        sum = value > 0.0f ? sum + value : sum;
                    }
                    y[i] = sum;
                }
            }

            """,
            text,
            ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void Loops_that_are_left_and_continued_from_within_need_no_labels()
    {
        var text = Generate(Search).Source;
        Assert.DoesNotContain("goto", text, StringComparison.Ordinal);
        Assert.Equal(2, text.Split("break;").Length - 1);
    }

    [Fact]
    public void A_goto_over_code_behind_a_loop_stays_one()
    {
        var text = Generate(ContinueOuter).Source;
        Assert.Contains("goto next;", text, StringComparison.Ordinal);
        Assert.Contains("next:;", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Words_of_C_are_no_names() => Assert.Contains("int kernel_1", Generate(Reserved).Source, StringComparison.Ordinal);

    [Fact]
    public void Doubles_need_a_device_that_has_them()
    {
        Assert.Contains("cl_khr_fp64 : enable", Generate(Doubles).Source, StringComparison.Ordinal);
        var error = Assert.Throws<CapabilityNotSupportedException>(() => Generate(Doubles, Full with { HasFloat64 = false }));
        Assert.Contains("cl_khr_fp64", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Atomics_of_64_bits_need_a_device_that_has_them()
    {
        Assert.Contains("cl_khr_int64_base_atomics : enable", Generate(LongAtomics).Source, StringComparison.Ordinal);
        var error = Assert.Throws<CapabilityNotSupportedException>(() => Generate(LongAtomics, Full with { HasInt64Atomics = false }));
        Assert.Contains("cl_khr_int64_base_atomics", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shuffles_use_subgroups_where_there_are_any_and_shared_memory_elsewhere()
    {
        var shared = Generate(Shuffle, implicitly: false);
        var subgroup = Generate(Shuffle, Full with { HasSubgroupShuffle = true }, implicitly: false);
        Assert.Equal((8, 0), (shared.SharedBytesPerThread, subgroup.SharedBytesPerThread));
        Assert.DoesNotContain("sub_group_shuffle", shared.Source, StringComparison.Ordinal);
        Assert.Contains("sub_group_shuffle(", subgroup.Source, StringComparison.Ordinal);
    }

    private static void SumPositive(Index1D i, ArrayView<float> x, ArrayView<float> y, int count)
    {
        var sum = 0f;
        for (var j = 0; j < count; j++)
        {
            var value = x[(i * count) + j];
            if (value > 0)
            {
                sum += value;
            }
        }

        y[i] = sum;
    }

    private static void Search(Index1D i, ArrayView<int> x, ArrayView<int> y, int rows, int columns)
    {
        var found = 0;
        for (var row = 0; row < rows; row++)
        {
            if (x[row] < 0)
            {
                continue;
            }

            for (var column = 0; column < columns; column++)
            {
                if (x[(row * columns) + column] == i)
                {
                    found += column;
                    y[column] = found;
                    break;
                }
            }
        }

        y[i] = found;
    }

    private static void ContinueOuter(Index1D i, ArrayView<int> x, ArrayView<int> y, int rows, int columns)
    {
        var count = 0;
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                if (x[(row * columns) + column] < 0)
                {
                    goto Next;
                }

                y[column] = row;
            }

            count++;
            y[row] = count;
        Next:
            ;
        }

        y[i] = count;
    }

    private static void Reserved(Index1D i, ArrayView<int> y, int kernel) => y[i] = kernel;

    private static void Doubles(Index1D i, ArrayView<double> x) => x[i] *= 2;

    private static void LongAtomics(Index1D i, ArrayView<long> x) => Atomic.Add(ref x[0], i);

    private static void Shuffle(ArrayView<int> x) => x[Group.IdxX] = Warp.ShuffleXor(x[Group.IdxX], 1);

    private static CLKernelCode Generate(Delegate kernel, CLTarget? target = null, bool implicitly = true) => CLGenerator.Generate(
        KernelSource.Of(kernel),
        implicitly,
        new object?[kernel.Method.GetParameters().Length - (implicitly ? 1 : 0)],
        target ?? Full);
}
