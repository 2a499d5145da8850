using AiPlatform.Contracts;
using AiPlatform.Testing;
using static AiPlatform.Client.Tests.TestApi;

namespace AiPlatform.Client.Tests;

/// <summary>Chats that end without an answer. The test is the worker.</summary>
public sealed class ChatFailureTests(UnservedApi api) : IClassFixture<UnservedApi>
{
    static readonly ChatCall Call = new() { User = "Fail." };

    readonly AiPlatformClient _client = api.Client;

    [Theory]
    [InlineData(ErrorCategories.InvalidInput, ErrorCodes.Invalid, 422)]
    [InlineData(ErrorCategories.InputRejected, ErrorCodes.Invalid, 422)]
    [InlineData(ErrorCategories.AudioUrlForbidden, ErrorCodes.AudioUrlForbidden, 422)]
    [InlineData(ErrorCategories.ProviderRejected, ErrorCodes.ProviderError, 502)]
    [InlineData(ErrorCategories.ProvidersExhausted, ErrorCodes.ProvidersExhausted, 503)]
    [InlineData(ErrorCategories.ProviderTimeout, ErrorCodes.Timeout, 504)]
    [InlineData(ErrorCategories.WorkerError, ErrorCodes.JobFailed, 502)]
    public async Task A_chat_that_fails_is_told_by_the_same_code_whole_and_streamed(string category, string code, int status)
    {
        var asked = FailsAsync(() => _client.ChatAsync(Call, cancellationToken: Ct), code, status);
        var first = await FailAsync(category);
        var whole = await asked;

        asked = FailsAsync(() => ReadAsync(Call), code, null);
        var second = await FailAsync(category);
        var streamed = await asked;
        Assert.Equal((first, category, "It does not work."), (whole.JobId, whole.Category, whole.Detail));
        Assert.Equal((second, category, "It does not work."), (streamed.JobId, streamed.Category, streamed.Detail));
    }

    [Fact]
    public async Task A_chat_whose_job_is_cancelled_is_told_so()
    {
        var asked = FailsAsync(() => ReadAsync(Call), ErrorCodes.Cancelled, null);
        var claimed = await TakeAsync();
        await _client.CancelAsync(claimed.Id, Ct);
        Assert.Equal(claimed.Id, (await asked).JobId);
    }

    [Fact]
    public async Task A_caller_whose_token_ends_leaves_the_chat()
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var asked = _client.ChatAsync(Call, cancellationToken: ended.Token);
        var claimed = await TakeAsync();
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await Eventually.That(async () => Assert.Equal(JobStatus.Cancelled, (await _client.GetAsync(claimed.Id, Ct)).Status), Ct);
    }

    async Task<Guid> FailAsync(string category)
    {
        var claimed = await TakeAsync();
        await api.Worker.FailAsync(claimed, category, "It does not work.", retry: false, cancellationToken: Ct);
        return claimed.Id;
    }

    async Task<ClaimedJob> TakeAsync() => Assert.Single(await api.Worker.ClaimAsync(Claim("llm_chat"), Ct));

    async Task ReadAsync(ChatCall call)
    {
        await foreach (var _ in _client.ChatStreamAsync(call, cancellationToken: Ct))
        {
            // To its end.
        }
    }
}
