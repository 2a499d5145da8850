using System.Net.Sockets;
using AiPlatform.ModelSimulator.Admin;
using AiPlatform.ModelSimulator.Engine;
using AiPlatform.ModelSimulator.Faults;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;
using Microsoft.AspNetCore.Connections.Features;

namespace AiPlatform.ModelSimulator.Answers;

/// <summary>Takes a good request through its engine to its client.</summary>
sealed class InferenceRunner(TimeProvider time)
{
    const int AnthropicOverloaded = 529;

    static readonly ApiError Asleep = ApiError.Unavailable("The model is sleeping. Call /wake_up before it is asked again.");

    /// <summary>Reads a request and takes it through; one that cannot be read is told why.</summary>
    public async Task AnswerAsync(
        HttpContext context, RequestRecord record, Func<HttpContext, RequestRecord, Task<(Inference? Inference, ApiError? Error)>> readAsync)
    {
        var (inference, error) = await readAsync(context, record);
        if (inference is null)
            await ApiErrors.WriteAsync(context, error!, context.RequestAborted);
        else
            await RunAsync(context, record, inference);
    }

    public async Task RunAsync(HttpContext context, RequestRecord record, Inference inference)
    {
        switch (inference.Fault)
        {
            case { Kind: FaultKind.Status } fault:
                await ApiErrors.WriteAsync(context, fault.Error(time.GetUtcNow()), context.RequestAborted);
                return;
            case { Kind: FaultKind.ErrorBody } fault:
                var error = fault.Error(time.GetUtcNow()) with { HttpStatus = StatusCodes.Status200OK };
                await ApiErrors.WriteAsync(context, error, context.RequestAborted);
                return;
            case { Kind: FaultKind.Reset } fault:
                await Task.Delay(fault.For ?? TimeSpan.Zero, time, context.RequestAborted);
                Reset(context);
                return;
            case { Kind: FaultKind.SlowHeaders } fault:
                Wire.SlowHeaders(context, fault.Every, time);
                break;
        }

        var choices = inference.Begin(time.GetTimestamp());
        Sequence[] sequences = [.. choices.Select(choice => choice.Sequence)];
        if (!inference.Model.Engine.TrySubmit(sequences))
        {
            var refusal = inference.Model.Engine.IsAsleep ? Asleep : LineFull(Personality.Of(context).Kind);
            await ApiErrors.WriteAsync(context, refusal, context.RequestAborted);
            return;
        }

        record.Sequences = sequences;
        await SendAsync(context, record, inference, choices);
    }

    static ApiError LineFull(ServerKind kind) => kind switch
    {
        ServerKind.Anthropic => ApiError.Of(AnthropicOverloaded, "Overloaded"),
        ServerKind.Ollama => ApiError.Unavailable("server busy, please try again.  maximum pending requests exceeded"),
        ServerKind.OpenAi => ApiError.Unavailable("The engine is currently overloaded, please try again later."),
        _ => ApiError.Unavailable("The waiting queue of the engine is full.")
    };

    /// <summary>A socket closed without lingering tells the client RST; Abort() alone, in the words of a tidy end, FIN.</summary>
    static void Reset(HttpContext context)
    {
        if (context.Features.Get<IConnectionSocketFeature>() is { } connection)
            connection.Socket.LingerState = new LingerOption(enable: true, seconds: 0);
        context.Abort();
    }

    async Task SendAsync(HttpContext context, RequestRecord record, Inference inference, IReadOnlyList<Choice> choices)
    {
        var engine = inference.Model.Engine;
        using var leaving = record.Sequences.All(sequence => sequence.IsEnded)
            ? default
            : context.RequestAborted.UnsafeRegister(_ => engine.Leave(record.Sequences), null);
        try
        {
            var sender = new AnswerSender(context, inference, choices, record, time);
            await (inference.Stream is { } stream ? sender.SendStreamAsync(stream) : sender.SendWholeAsync());
        }
        finally
        {
            // Abort() cancels RequestAborted later and elsewhere, maybe after the registration is gone.
            engine.Leave(record.Sequences);
        }
    }
}
