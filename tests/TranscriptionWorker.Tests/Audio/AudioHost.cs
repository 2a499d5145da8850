using AiPlatform.Jobs;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Audio.Decoding;
using AiPlatform.TranscriptionWorker.Audio.Temp;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Tests.Audio;

/// <summary>What gets and prepares audio, with a temp folder of its own, which must be empty at the end.</summary>
sealed class AudioHost : IAsyncDisposable
{
    readonly AudioOptions options = new();
    readonly string path = Directory.CreateTempSubdirectory("audio-tests-").FullName;

    public AudioHost(Action<AudioOptions>? configure = null)
    {
        options.TempFolder = path;
        configure?.Invoke(options);
        Folder = new AudioTempFolder(Options);
    }

    public AudioTempFolder Folder { get; }

    IOptions<AudioOptions> Options => Microsoft.Extensions.Options.Options.Create(options);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public Task<AudioRead> FetchAsync(AudioFetcher fetcher, string url, CancellationToken ct) =>
        new AudioSpool(Folder, Options).ReadAsync(intake => fetcher.FetchAsync(url, intake, ct));

    public Task<AudioRead> ReadBase64Async(string text) =>
        new AudioSpool(Folder, Options).ReadAsync(intake => Base64Intake.ReadAsync(text, intake, Ct));

    public Task<AudioRead> ReadUploadAsync(FileStore files, string reference) => new AudioSpool(Folder, Options).ReadAsync(
        intake => new StoredAudio(files).ReadAsync(reference, intake, options.MaxMegabytes, Ct));

    public Task<AudioRead> SpoolAsync(byte[] file) => SpoolAsync([file]);

    public Task<AudioRead> SpoolAsync(IEnumerable<byte[]> pieces) => new AudioSpool(Folder, Options).ReadAsync(async intake =>
    {
        foreach (var piece in pieces)
        {
            if (await intake.AppendAsync(piece, Ct) is { } refused)
            {
                return refused;
            }
        }
        return null;
    });

    public Task<PreparationResult> TryPrepareAsync(byte[] file, ChannelPlanOptions? plan = null, CancellationToken? ct = null) =>
        TryPrepareAsync([file], plan, ct);

    public async Task<PreparationResult> TryPrepareAsync(IEnumerable<byte[]> pieces, ChannelPlanOptions? plan = null, CancellationToken? ct = null)
    {
        using var spooled = Assert.IsType<AudioRead.Spooled>(await SpoolAsync(pieces)).Audio;
        return await Preparation().PrepareAsync(spooled, plan ?? new(), ct ?? Ct);
    }

    public async Task<PreparedAudio> PrepareAsync(byte[] file, ChannelPlanOptions? plan = null) => await TryPrepareAsync(file, plan) switch
    {
        PreparationResult.Prepared prepared => prepared.Audio,
        var other => throw new InvalidOperationException($"Not prepared: {other}"),
    };

    public async Task<AudioProblem> ProblemAsync(byte[] file) =>
        Assert.IsType<PreparationResult.Failed>(await TryPrepareAsync(file)).Problem;

    public AudioPreparation Preparation() =>
        new(new AudioOpener(new Ffmpeg(Options, TimeProvider.System), Options), new AudioDecoder(Folder, Options), Folder);

    public ValueTask DisposeAsync()
    {
        Assert.Equal(0, Folder.Used);
        Folder.Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(path));
        Directory.Delete(path);
        return ValueTask.CompletedTask;
    }
}
