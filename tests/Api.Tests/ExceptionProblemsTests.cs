using AiPlatform.Api.Errors;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AiPlatform.Api.Tests;

public sealed class ExceptionProblemsTests
{
    [Fact]
    public async Task A_caller_who_left_before_the_failure_was_told_is_499_and_no_failure_of_its_own()
    {
        using var left = new CancellationTokenSource();
        await left.CancelAsync();
        var context = new DefaultHttpContext
        {
            RequestAborted = left.Token,
            RequestServices = new ServiceCollection().ConfigureHttpJsonOptions(ApiJson.Apply).BuildServiceProvider(),
        };
        var problems = new ExceptionProblems(NullLogger<ExceptionProblems>.Instance);
        Assert.True(await problems.TryHandleAsync(context, new StoreUnavailableException("away"), left.Token));
        Assert.Equal(StatusCodes.Status499ClientClosedRequest, context.Response.StatusCode);
    }
}
