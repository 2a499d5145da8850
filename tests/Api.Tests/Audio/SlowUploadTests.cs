using AiPlatform.Api.Access;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Uploads;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace AiPlatform.Api.Tests.Audio;

public sealed class SlowUploadTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    static readonly TimeSpan Pause = TimeSpan.FromMinutes(6);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_upload_of_which_bytes_come_is_waited_for_also_while_it_brings_no_whole_part()
    {
        var (time, files, id) = (new ManualTimeProvider(), fixture.Api.Get<FileStore>(), Guid.CreateVersion7());
        var rules = new QuotaRules(StoredFile.Audio, 100, 100, Problems.AudioTooLarge(1), (_, _, _) => Problems.AudioTooLarge(1));
        var quotas = new UploadQuotas(files, time);
        List<DateTime> reserved = [];
        var body = new PausingStream(async () =>
        {
            reserved.Add(await ExpiresAsync(id));
            time.Advance(Pause);
        });
        var context = new DefaultHttpContext { RequestAborted = Ct };
        context.Features.Set(new RequestCaller(Caller.Service));
        context.Request.Body = body;
        var upload = quotas.Begin(JobScope.All, id, "slow", announced: null, rules);
        var (file, problem) = await new UploadReader(files, time).ReceiveBodyAsync(
            context, upload, ended => quotas.FinishAsync(id, "slow", upload.Bytes, TimeSpan.FromHours(1), rules, ended));
        Assert.Null(problem);
        Assert.Equal(PausingStream.Bytes, file!.Bytes);
        Assert.Equal(reserved.Distinct(), reserved);
        Assert.Equal(PausingStream.Bytes, reserved.Count);
    }

    async Task<DateTime> ExpiresAsync(Guid id)
    {
        await using var command = fixture.Api.Get<NpgsqlDataSource>().CreateCommand($"select expires_at from stored_file where id = '{id}' and reserved_until is not null");
        return (DateTime)(await command.ExecuteScalarAsync(Ct))!;
    }

    /// <summary>A body whose bytes come one by one, each after a pause.</summary>
    sealed class PausingStream(Func<Task> pause) : MemoryStream(new byte[Bytes])
    {
        public const int Bytes = 3;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position < Length)
                await pause();
            return await base.ReadAsync(buffer[..1], cancellationToken);
        }
    }
}
