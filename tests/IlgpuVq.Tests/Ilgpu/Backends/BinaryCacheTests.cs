using ILGPU.Backends;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.Backends;

public sealed class BinaryCacheTests : IDisposable
{
    private static readonly string Key = BinaryCache.KeyOf("source", "device");

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_is_written_is_read_by_another_process()
    {
        new BinaryCache(folder.At("new")).Write(Key, [1, 2, 3]);
        Assert.Equal([1, 2, 3], new BinaryCache(folder.At("new")).Read(Key));
        Assert.Null(new BinaryCache(folder.At("new")).Read(BinaryCache.KeyOf("other")));
        Assert.Null(new BinaryCache(folder.At("absent")).Read(Key));
    }

    [Fact]
    public void Keys_differ_by_every_part_and_by_where_parts_begin()
    {
        string[] keys =
        [
            BinaryCache.KeyOf("ab", "c"), BinaryCache.KeyOf("a", "bc"), BinaryCache.KeyOf("abc"), BinaryCache.KeyOf("abc", ""),
            BinaryCache.KeyOf("c", "ab"),
        ];
        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.Equal(BinaryCache.KeyOf("ab", "c"), keys[0]);
        Assert.All(keys, key => Assert.Equal(64, key.Length));
    }

    [Fact]
    public void A_file_that_is_cut_or_changed_anywhere_is_not_believed()
    {
        var cache = new BinaryCache(folder.Path);
        cache.Write(Key, [.. Enumerable.Range(0, 20).Select(i => (byte)i)]);
        var file = Directory.GetFiles(folder.Path).Single();
        var whole = File.ReadAllBytes(file);
        for (var i = 0; i < whole.Length; i++)
        {
            File.WriteAllBytes(file, whole[..i]);
            Assert.Null(cache.Read(Key));
            byte[] changed = [.. whole];
            changed[i] ^= 0x10;
            File.WriteAllBytes(file, changed);
            Assert.Null(cache.Read(Key));
        }

        File.WriteAllBytes(file, [.. whole, 0]);
        Assert.Null(cache.Read(Key));
        cache.Write(Key, [7]);
        Assert.Equal([7], cache.Read(Key));
    }

    [Fact]
    public void Many_writers_and_readers_see_whole_binaries_only()
    {
        var wrong = 0;
        var threads = Enumerable.Range(0, 6).Select(number => new Thread(() =>
        {
            var cache = new BinaryCache(folder.Path);
            for (var round = 0; round < 30; round++)
            {
                var binary = new byte[10_000 + (1000 * number)];
                binary.AsSpan().Fill((byte)number);
                cache.Write(Key, binary);
                var read = cache.Read(Key);
                if (read is null || read.Length != 10_000 + (1000 * read[0]) || read.Any(value => value != read[0]))
                {
                    Interlocked.Increment(ref wrong);
                }
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal(0, wrong);
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_no_error()
    {
        var file = folder.Write("file", [1]);
        var cache = new BinaryCache(Path.Combine(file, "below a file"));
        cache.Write(Key, [1]);
        Assert.Null(cache.Read(Key));
        var none = new BinaryCache(null);
        none.Write(Key, [1]);
        Assert.Null(none.Read(Key));
    }

    [Fact]
    public void Beyond_its_capacity_the_cache_forgets_what_was_not_used_for_longest()
    {
        var cache = new BinaryCache(folder.Path, capacity: 3500);
        string[] keys = ["a", "b", "c", "d"];
        var now = DateTime.UtcNow;
        for (var i = 0; i < 3; i++)
        {
            cache.Write(keys[i], new byte[1000]);
            File.SetLastWriteTimeUtc(folder.At(keys[i] + ".bin"), now.AddMinutes(i - 10));
        }

        Assert.NotNull(cache.Read("a"));
        cache.Write("d", new byte[1000]);
        Assert.Equal([true, false, true, true], keys.Select(key => cache.Read(key) is not null));
    }

    [Fact]
    public void What_killed_writers_left_is_removed_and_what_living_ones_write_is_not()
    {
        File.SetLastWriteTimeUtc(folder.Write("old.x.partial", [1]), DateTime.UtcNow.AddHours(-2));
        folder.Write("new.x.partial", [1]);
        folder.Write("notes.txt", [1]);
        new BinaryCache(folder.Path).Write(Key, [1]);
        Assert.Equal(
            ["new.x.partial", "notes.txt", Key + ".bin"],
            Directory.GetFiles(folder.Path).Select(Path.GetFileName).OrderByDescending(name => name![0] is 'n').ThenBy(name => name));
    }

    [Theory]
    [InlineData("ILGPUVQ_CACHE=/c XDG_CACHE_HOME=/x HOME=/h", "/c", "/c")]
    [InlineData("ILGPUVQ_CACHE=off XDG_CACHE_HOME=/x HOME=/h", null, null)]
    [InlineData("XDG_CACHE_HOME=/x HOME=/h", "/x/ilgpuvq", "/h/Library/Caches/ilgpuvq")]
    [InlineData("XDG_CACHE_HOME=relative HOME=/h", "/h/.cache/ilgpuvq", "/h/Library/Caches/ilgpuvq")]
    [InlineData("HOME=/h", "/h/.cache/ilgpuvq", "/h/Library/Caches/ilgpuvq")]
    [InlineData("", null, null)]
    public void The_folder_is_the_one_that_is_named_or_that_the_system_has_for_caches(string variables, string? linux, string? mac)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "folders of Unix systems");
        var values = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        Assert.Equal(OperatingSystem.IsMacOS() ? mac : linux, CacheFolder.Find(name => values.GetValueOrDefault(name)));
    }
}
