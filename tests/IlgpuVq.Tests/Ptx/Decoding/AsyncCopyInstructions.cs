using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>Copies from global to shared memory that go on while the kernel does.</summary>
internal static unsafe class AsyncCopyInstructions
{
    public static IEnumerable<(string Opcode, Decoder Decode)> All => [("cp", Decode)];

    private static Step Decode(InstructionReader reader)
    {
        reader.Expect("async");
        reader.Require(7, 0, 80);
        switch (reader.TakeAny("commit_group", "wait_group", "wait_all"))
        {
            case "commit_group":
                return new LaneStep((warp, lane) => warp.Copies.Commit(lane));
            case "wait_group":
                reader.EndModifiers();
                var pending = (int)reader.Literal(0, int.MaxValue);
                return new LaneStep((warp, lane) => warp.Copies.Wait(lane, pending));
            case "wait_all":
                return new LaneStep((warp, lane) => warp.Copies.WaitAll(lane));
            default:
                return Copy(reader);
        }
    }

    private static Step Copy(InstructionReader reader)
    {
        var isGlobalOnly = reader.Expect("ca", "cg") == "cg";
        reader.Expect("shared", "shared::cta");
        reader.Expect("global");
        if (reader.TakeAny("L2::64B", "L2::128B", "L2::256B") is not null)
        {
            reader.Require(7, 4, 80);
        }

        reader.EndModifiers();
        var target = AddressReader.Read(reader, StateSpace.Shared);
        var source = AddressReader.Read(reader, StateSpace.Global);
        var bytes = (int)reader.Literal(4, 16);
        if (isGlobalOnly ? bytes != 16 : bytes is not (4 or 8 or 16))
        {
            throw reader.Error($"expected {(isGlobalOnly ? "16" : "4, 8 or 16")} bytes; got {bytes}");
        }

        var size = reader.OperandsLeft > 0 ? reader.Source(PtxType.Get("u32")) : -1;
        return new LaneStep((warp, lane) =>
        {
            var sourceBytes = size < 0 ? bytes : (int)warp.Register<uint>(size)[lane];
            if (sourceBytes > bytes || sourceBytes < 0)
            {
                throw new PtxFault(
                    FaultKind.Undefined, $"expected at most {bytes} bytes of source; got {(uint)sourceBytes}", lane);
            }

            var to = SharedSpace.Resolve(warp, lane, target.Of(warp, lane), bytes);
            var address = source.Of(warp, lane);
            Spaces.CheckAligned(address, bytes, lane);

            // Of a source that is cut short only what is copied has to be there.
            var from = sourceBytes == bytes ? GlobalSpace.Resolve(warp, lane, address, bytes)
                : sourceBytes == 0 ? null
                : warp.Group.Launch.Memory.Resolve(address, sourceBytes);
            if (from is null && sourceBytes > 0)
            {
                throw Spaces.Illegal("global", address, sourceBytes, lane);
            }

            warp.Copies.Begin(lane, to, from, bytes, sourceBytes);
        });
    }
}
