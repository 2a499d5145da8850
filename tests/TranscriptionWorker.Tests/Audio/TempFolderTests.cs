using System.Diagnostics;
using AiPlatform.Testing;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Audio.Temp;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Tests.Audio;

/// <summary>The room that audio takes on disk, and what becomes of it when a worker dies.</summary>
public sealed class TempFolderTests
{
    static readonly byte[] Megabyte = new byte[1024 * 1024];

    static readonly AudioProblem NoRoom = new(
        "worker_error", "The worker has no room for the audio now: its jobs in hand fill the 3 MiB (AUDIO_TEMP_MAX_MB) that it may use.", IsPassing: true, IsWantOfRoom: true);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Jobs_share_the_room_and_one_that_finds_none_is_tried_again()
    {
        await using var host = new AudioHost(options => (options.TempMegabytes, options.MaxMegabytes) = (3, 3));
        using var first = Assert.IsType<AudioRead.Spooled>(await host.SpoolAsync([Megabyte, Megabyte])).Audio;

        Assert.Equal(NoRoom, Assert.IsType<AudioRead.Failed>(await host.SpoolAsync([Megabyte, Megabyte])).Problem);
        Assert.Equal(2 * Megabyte.Length, host.Folder.Used);
        first.Dispose();
        Assert.IsType<AudioRead.Spooled>(await host.SpoolAsync([Megabyte, Megabyte])).Audio.Dispose();
    }

    [Fact]
    public async Task What_a_job_decodes_counts_too()
    {
        await using var host = new AudioHost(options => (options.TempMegabytes, options.MaxMegabytes) = (3, 3));

        // 1 MiB of µ-law at 8 kHz becomes 4 MiB.
        Assert.Equal(NoRoom with { IsWantOfRoom = false }, await host.ProblemAsync(Wav.File(Wav.Format(7, 1, 8000, 8), Megabyte)));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_told_and_passes()
    {
        var file = Path.GetTempFileName();
        using var folder = new AudioTempFolder(Options.Create(new AudioOptions { TempFolder = file }));
        var spool = new AudioSpool(folder, Options.Create(new AudioOptions()));

        var failed = Assert.IsType<AudioRead.Failed>(await spool.ReadAsync(_ => Task.FromResult<AudioProblem?>(null)));

        Assert.Equal(
            new AudioProblem("worker_error", $"The worker cannot keep the audio in {file} (AUDIO_TEMP_DIR): it cannot be used as a folder, or its disk is broken.", IsPassing: true),
            failed.Problem);
        File.Delete(file);
    }

    [Fact]
    public async Task A_full_disk_is_want_of_room()
    {
        var failure = await Assert.ThrowsAsync<IOException>(() => File.WriteAllTextAsync("/dev/full", "x", Ct));

        var problem = new DiskException("/audio", failure).Problem;

        Assert.Equal(
            new AudioProblem("worker_error", "The worker cannot keep the audio in /audio (AUDIO_TEMP_DIR): the disk is full.", IsPassing: true, IsWantOfRoom: true), problem);
    }

    [Fact]
    public async Task A_full_disk_is_waited_for_only_while_others_have_audio_on_it()
    {
        var full = new DiskException("/audio", await Assert.ThrowsAsync<IOException>(() => File.WriteAllTextAsync("/dev/full", "x", Ct)));
        await using var host = new AudioHost();
        var spool = new AudioSpool(host.Folder, Options.Create(new AudioOptions()));
        using (var others = host.Folder.Create())
        {
            await others.TryAppendAsync(Megabyte, Ct);
            Assert.True(Assert.IsType<AudioRead.Failed>(await spool.ReadAsync(_ => throw full)).Problem.IsWantOfRoom);
        }
        var alone = Assert.IsType<AudioRead.Failed>(await spool.ReadAsync(_ => throw full)).Problem;
        Assert.Equal((false, true), (alone.IsWantOfRoom, alone.IsPassing));
    }

    [Fact]
    public async Task A_folder_that_somebody_takes_away_is_made_anew()
    {
        await using var host = new AudioHost();
        using (var taken = host.Folder.Create())
        {
            await taken.TryAppendAsync(Megabyte, Ct);
            Directory.Delete(host.Folder.Shared, recursive: true);
            using var next = host.Folder.Create();
            Assert.True(await next.TryAppendAsync(Megabyte, Ct));
            Assert.Equal(2 * Megabyte.Length, host.Folder.Used);
        }
        Assert.Equal(0, host.Folder.Used);
        Assert.Equal(0, host.Folder.SweepOrphans());
    }

    [Fact]
    public async Task What_a_killed_worker_has_left_is_removed_and_what_a_living_one_has_is_not()
    {
        var shared = Directory.CreateTempSubdirectory("audio-sweep-").FullName;
        using var folder = new AudioTempFolder(Options.Create(new AudioOptions { TempFolder = shared }));
        using var other = new AudioTempFolder(Options.Create(new AudioOptions { TempFolder = shared }));
        using var own = other.Create();
        await own.TryAppendAsync(Megabyte, Ct);
        var left = Directory.CreateDirectory(Path.Combine(shared, "worker-0123")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(left, "audio"), Megabyte, Ct);
        using var worker = await HoldAsync(Path.Combine(left, "lock"));

        Assert.Equal(0, folder.SweepOrphans());
        Assert.True(Directory.Exists(left));
        worker.Kill(entireProcessTree: true);
        await worker.WaitForExitAsync(Ct);

        await Eventually.That(() => Assert.Equal(1, folder.SweepOrphans()), Ct);
        Assert.False(Directory.Exists(left));
        Assert.True(File.Exists(own.Path));
        own.Dispose();
        other.Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(shared));
        Directory.Delete(shared);
    }

    [Fact]
    public async Task Workers_that_start_at_once_never_take_each_others_folder()
    {
        var shared = Directory.CreateTempSubdirectory("audio-sweep-").FullName;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var round = 0; round < 100; round++)
            {
                using var folder = new AudioTempFolder(Options.Create(new AudioOptions { TempFolder = shared }));
                folder.SweepOrphans();
                using var file = folder.Create();
                folder.SweepOrphans();
                Assert.True(File.Exists(file.Path));
            }
        }, Ct)));

        using var last = new AudioTempFolder(Options.Create(new AudioOptions { TempFolder = shared }));
        last.SweepOrphans();
        Assert.Empty(Directory.GetFileSystemEntries(shared));
        Directory.Delete(shared);
    }

    /// <summary>Another process that has the file for itself, as .NET does; it ends with this one at the latest.</summary>
    static async Task<Process> HoldAsync(string path)
    {
        var process = Process.Start(new ProcessStartInfo("flock", ["--close", path, "sh", "-c", "echo held; exec cat"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("held", await process.StandardOutput.ReadLineAsync(Ct));
        return process;
    }
}
