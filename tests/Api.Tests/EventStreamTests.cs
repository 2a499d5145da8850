using System.Runtime.CompilerServices;
using System.Text.Json;
using AiPlatform.Api.Access;
using AiPlatform.Api.Endpoints;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Http;

namespace AiPlatform.Api.Tests;

public sealed class EventStreamTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_caller_that_leaves_in_the_middle_of_a_heartbeat_ends_the_wait_for_the_next_event()
    {
        var context = new DefaultHttpContext();
        context.Features.Set(new RequestCaller(new Caller { Name = "tests", Roles = [CallerRole.Read], OwnerServices = null }));
        context.Response.Body = new BrokenPipe();
        var isOver = new TaskCompletionSource();
        await using (var events = new EventStream(context.Response, TimeSpan.FromMilliseconds(1), TimeProvider.System, Ct, Ct))
        {
            Assert.True(await events.OpenAsync(EventsAsync));
            await Assert.ThrowsAsync<IOException>(async () =>
            {
                await foreach (var _ in events.ReadAsync())
                {
                }
            });
            Assert.False(isOver.Task.IsCompleted);
        }
        Assert.True(isOver.Task.IsCompleted);

        async IAsyncEnumerable<JobEvent> EventsAsync([EnumeratorCancellation] CancellationToken ended)
        {
            try
            {
                yield return new JobEvent("1-0", JobEventTypes.State, JsonElement.Parse("{}"));
                await Task.Delay(Timeout.Infinite, ended);
            }
            finally
            {
                isOver.SetResult();
            }
        }
    }

    /// <summary>A connection whose other end is gone.</summary>
    sealed class BrokenPipe : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromException(new IOException("Broken pipe."));
    }
}
