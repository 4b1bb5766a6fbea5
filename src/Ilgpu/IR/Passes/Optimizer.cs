namespace ILGPU.IR.Passes;

/// <summary>Brings a kernel that was just read into the form that back ends take.</summary>
internal static class Optimizer
{
    public static void Run(KernelForm form)
    {
        VariablePromotion.Run(form);
        Simplification.Run(form);

        // Arrays whose loops are unrolled become registers, which may make the bounds of other loops constant.
        bool changed;
        do
        {
            changed = false;
            while (LoopUnrolling.Run(form))
            {
                changed = true;
                Simplification.Run(form);
            }

            if (ScalarReplacement.Run(form))
            {
                changed = true;
                Simplification.Run(form);
            }
        }
        while (changed);

        while (IfConversion.Run(form))
        {
            Simplification.Run(form);
        }
    }
}
