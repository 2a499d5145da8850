using AiPlatform.Contracts;
using AiPlatform.WorkerRuntime.Providers;
using Microsoft.AspNetCore.Http;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>Silence, and what ends it.</summary>
public sealed class TimeoutTests
{
    static readonly TimeSpan Short = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task No_first_token()
    {
        await using var simulator = await Simulator.StartAsync();
        var options = Call.Options(simulator.Address);
        (options.Model, options.FirstTokenTimeout) = ("qwen2.5-14b@hang", Short);

        Assert.Equal(
            Timeout(simulator.Address, "sent no token within 3 s (LLM_FIRST_TOKEN_TIMEOUT)."), (await Call.WithAsync(options)).Failure());
    }

    [Fact]
    public async Task Headers_and_comments_are_no_token()
    {
        await using var server = await ScriptedServer.BeginningAsync(": waiting\n\n", ScriptedServer.SilenceAsync);
        var options = Call.Options(server.Address);
        options.FirstTokenTimeout = Short;

        Assert.Equal(Timeout(server.Address, "sent no token within 3 s (LLM_FIRST_TOKEN_TIMEOUT)."), (await Call.WithAsync(options)).Failure());
        await server.ClientLeft;
    }

    [Fact]
    public async Task Silence_in_the_middle()
    {
        await using var simulator = await Simulator.StartAsync();
        var options = Call.Options(simulator.Address);
        (options.Model, options.IdleTimeout) = ("qwen2.5-14b@stall;after=2", Short);

        Assert.Equal(
            Timeout(simulator.Address, "fell silent for 3 s in the middle of its answer (LLM_IDLE_TIMEOUT)."), (await Call.WithAsync(options)).Failure());
    }

    [Fact]
    public async Task An_answer_that_trickles_on_for_ever()
    {
        await using var server = await ScriptedServer.BeginningAsync(Sse.Text("a"), async context =>
        {
            while (true)
            {
                await Task.Delay(20, context.RequestAborted);
                await context.Response.WriteAsync(Sse.Text("b"), context.RequestAborted);
            }
        });
        var options = Call.Options(server.Address);
        (options.Timeout, options.FirstTokenTimeout) = (TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5));

        Assert.Equal(Timeout(server.Address, "did not finish its answer within 5 s (LLM_TIMEOUT)."), (await Call.WithAsync(options)).Failure());
        await server.ClientLeft;
    }

    [Fact]
    public async Task A_finished_answer_does_not_wait_for_a_server_that_keeps_the_connection_open()
    {
        await using var server = await ScriptedServer.BeginningAsync(Sse.Text("Hi") + Sse.Finish() + Sse.Usage(1, 1), ScriptedServer.SilenceAsync);

        var result = await Call.ToAsync(server.Address);

        Assert.Equal("Hi", result.Answer().Content);
        Assert.InRange(result.Duration.TotalSeconds, 0, 20);
    }

    [Fact]
    public async Task A_cancelled_call_closes_its_connection_at_once()
    {
        await using var server = await ScriptedServer.BeginningAsync(Sse.Text("Hi"), ScriptedServer.SilenceAsync);
        using var cancel = new CancellationTokenSource();

        var call = Call.ToAsync(server.Address, onText: _ => cancel.Cancel(), ct: cancel.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await server.ClientLeft;
    }

    static ProviderFailure Timeout(Uri server, string message) =>
        new(ErrorCategories.ProviderTimeout, $"openai-compatible at {server.ToString().TrimEnd('/')} {message}", "timeout");
}
