using AiPlatform.ServiceDefaults.Http;

namespace AiPlatform.ServiceDefaults.Tests;

public sealed class ReloadedFileTests : IDisposable
{
    readonly string _file = Path.GetTempFileName();
    readonly List<string> _changes = [];
    readonly List<string> _reasons = [];

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void One_that_could_not_be_used_is_tried_again_though_its_time_is_the_same()
    {
        Write("first", 0);
        var file = Open(before: null);
        Assert.Equal("first", file.Current());
        Assert.Empty(_changes);
        Write("!bad", 1);
        Assert.Equal("first", file.Current());
        Write("second", 1);
        Assert.Equal("second", file.Current());
        Assert.Equal(["second"], _changes);
        Write("not looked at: the time is the same", 1);
        Assert.Equal("second", file.Current());
    }

    [Fact]
    public void A_reason_is_told_once_until_it_is_another_or_the_file_was_used()
    {
        Write("first", 0);
        var file = Open(before: null);
        foreach (var (text, minute) in new[] { ("first", 0), ("!a", 1), ("!a", 1), ("!a", 2), ("!b", 3), ("second", 4), ("!b", 5) })
        {
            Write(text, minute);
            file.Current();
        }
        Assert.Equal(["!a", "!b", "!b"], _reasons);
    }

    [Fact]
    public void One_that_was_never_used_leaves_what_there_is_without_it_or_fails()
    {
        Write("!bad", 0);
        var file = Open(before: "none");
        Assert.Equal("none", file.Current());
        Write("first", 0);
        Assert.Equal("first", file.Current());
        Assert.Empty(_changes);
        Write("!bad", 0);
        Assert.Throws<InvalidDataException>(() => Open(before: null).Current());
    }

    ReloadedFile<string> Open(string? before) => new(
        [_file], () => File.ReadAllText(_file) is var text && text.StartsWith('!') ? throw new InvalidDataException(text) : text, before, _changes.Add, _reasons.Add);

    void Write(string text, int minute)
    {
        File.WriteAllText(_file, text);
        File.SetLastWriteTimeUtc(_file, DateTime.UnixEpoch.AddMinutes(minute + 1));
    }
}
