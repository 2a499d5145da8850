using AiPlatform.Jobs;
using AiPlatform.Testing;
using AiPlatform.TranscriptionWorker.Audio;

namespace AiPlatform.TranscriptionWorker.Tests.Audio;

/// <summary>Audio that a caller has uploaded before.</summary>
public sealed class UploadTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_upload_of_several_parts_is_read_whole()
    {
        await using var caller = await Caller.StartAsync(stores);
        await using var host = new AudioHost();
        byte[] file = [.. Enumerable.Range(0, (FileStore.PartBytes * 5) + 7).Select(i => (byte)(i * 7))];
        var id = await UploadAsync(caller.Files, file);

        using var spooled = Assert.IsType<AudioRead.Spooled>(await host.ReadUploadAsync(caller.Files, $"{id}")).Audio;

        Assert.Equal(file, await File.ReadAllBytesAsync(spooled.Path, Ct));
    }

    [Fact]
    public async Task A_reference_that_leads_to_nothing_is_told()
    {
        await using var caller = await Caller.StartAsync(stores);
        await using var host = new AudioHost();
        var unknown = Guid.NewGuid();

        Assert.Equal(
            AudioProblem.Unreadable($"audio_ref names no upload that is still here: {unknown}."),
            Problem(await host.ReadUploadAsync(caller.Files, $"{unknown}")));
        Assert.Equal(AudioProblem.Invalid("audio_ref is not the id of an upload."), Problem(await host.ReadUploadAsync(caller.Files, "../etc/passwd")));
    }

    [Fact]
    public async Task A_larger_upload_than_is_accepted_is_not_read()
    {
        await using var caller = await Caller.StartAsync(stores);
        await using var host = new AudioHost(options => options.MaxMegabytes = 1);
        var id = await UploadAsync(caller.Files, new byte[FileStore.PartBytes * 3 / 2]);

        Assert.Equal(
            AudioProblem.Unreadable("The audio has 1.5 MiB; at most 1 MiB (AUDIO_MAX_MB) are accepted."),
            Problem(await host.ReadUploadAsync(caller.Files, $"{id}")));
    }

    static AudioProblem Problem(AudioRead read) => Assert.IsType<AudioRead.Failed>(read).Problem;

    static async Task<Guid> UploadAsync(FileStore files, byte[] content)
    {
        var id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
        await files.BeginAsync(JobScope.All, id, "tests", "call.wav", TimeSpan.FromDays(1), Ct);
        foreach (var (place, part) in content.Chunk(FileStore.PartBytes).Index())
        {
            await files.AddPartAsync(id, place, part, Ct);
        }
        await files.FinishWithinAsync(id, "tests", "audio", content.Length, TimeSpan.FromDays(1), long.MaxValue, Ct);
        return id;
    }
}
