using System.Buffers;
using System.Text.Json;
using AiPlatform.ModelSimulator.Admin;
using AiPlatform.ModelSimulator.Faults;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Answers;

/// <summary>Sends what the engine generates, whole or token by token, and does to the connection what the request's fault asks for.</summary>
sealed class AnswerSender(HttpContext context, Inference inference, IReadOnlyList<Choice> choices, RequestRecord record, TimeProvider time)
{
    readonly CancellationToken left = context.RequestAborted;
    readonly ArrayBufferWriter<byte>? staged = inference.Fault?.Kind == FaultKind.Trickle ? new() : null;

    public async Task SendWholeAsync()
    {
        if (inference.Fault is { Kind: FaultKind.Cut or FaultKind.Error } broken)
        {
            foreach (var choice in choices)
                await choice.Sequence.WaitBeyondAsync(choice.Limit - 1, left);
            await BreakWholeAsync(broken);
            return;
        }

        foreach (var choice in choices)
            await choice.Sequence.WaitForEndAsync(left);
        if (choices.Any(choice => choice.Failed))
        {
            await ApiErrors.WriteAsync(context, ApiError.Internal("The engine stopped."), left);
            return;
        }

        var body = RenderWhole();
        var sent = inference.Fault?.Kind == FaultKind.Malformed ? body[..(body.Length / 2)] : body;
        context.Response.ContentType = inference.Format.ContentType;
        context.Response.ContentLength = sent.Length;
        if (Personality.Of(context).Kind == ServerKind.Vllm)
            LoadHeader.Tell(context, inference.Model);
        (staged ?? (IBufferWriter<byte>)context.Response.BodyWriter).Write(sent.Span);
        record.TokensSent = choices.Sum(choice => choice.Generated);
        await FlushAsync();
    }

    public async Task SendStreamAsync(IStreamFormat format)
    {
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        using var events = new EventWriter(staged ?? (IBufferWriter<byte>)context.Response.BodyWriter);
        if (inference.Fault?.Kind != FaultKind.Hang)
            format.Begin(events);
        if (inference.Fault?.Kind != FaultKind.Hang && !Personality.Of(context).HeadersWithFirstToken && !choices.All(choice => choice.Sequence.IsEnded))
            await context.Response.BodyWriter.FlushAsync(left);

        await SendTokensAsync(events, format);
        if (inference.Fault is { Breaks: true } fault && choices.All(choice => choice.Sent >= choice.Limit))
        {
            await BreakStreamAsync(events, format, fault);
            return;
        }

        if (choices.Any(choice => choice.Failed))
            WriteError(events, format, ApiError.Internal("The engine stopped."));
        else
            format.End(events, choices, done: inference.Fault?.Kind != FaultKind.NoDone);
        await FlushAsync();
    }

    async Task SendTokensAsync(EventWriter events, IStreamFormat format)
    {
        while (true)
        {
            if (inference.Fault is { Kind: FaultKind.Huge })
                await Task.WhenAll(choices.Select(choice => choice.Sequence.WaitForEndAsync(left)));
            else if (choices.Count == 1)
                await choices[0].MoreAsync(left);
            else
                await await Task.WhenAny(choices.Where(choice => !choice.IsSent).Select(choice => choice.MoreAsync(left)));
            foreach (var choice in choices)
            {
                if (!choice.IsSent)
                    Write(events, format, choice);
            }

            record.TokensSent = choices.Sum(choice => choice.Sent);
            if (choices.All(choice => choice.IsSent))
                return;
            await FlushAsync();
        }
    }

    void Write(EventWriter events, IStreamFormat format, Choice choice)
    {
        // In this order: a sequence seen as ended has all its tokens.
        var ended = choice.Sequence.IsEnded;
        var ready = Math.Min(choice.Generated, choice.Limit);
        if (choice.Sent == 0 && ready > 0)
            format.Open(events, choice);
        if (inference.Fault is { Kind: FaultKind.Huge } && ready > 0)
        {
            format.Tokens(events, choice, ..ready);
        }
        else
        {
            for (var token = choice.Sent; token < ready; token++)
                WriteToken(events, format, choice, token);
        }

        choice.Sent = ready;
        var whole = ended && ready == choice.Generated;
        choice.IsSent = whole || ready == choice.Limit;
        if (whole && !choice.Failed && inference.Fault is not { Breaks: true })
            format.Close(events, choice);
    }

    void WriteToken(EventWriter events, IStreamFormat format, Choice choice, int token)
    {
        var brokenAt = inference.Fault is { Kind: FaultKind.Malformed or FaultKind.Garbage } fault
            ? Math.Min(fault.After, choice.Sequence.Plan.AnswerTokens) - 1
            : -1;
        if (token == brokenAt)
            events.Malformed();
        if (token != brokenAt || inference.Fault!.Kind == FaultKind.Garbage)
            format.Tokens(events, choice, token..(token + 1));
    }

    async Task BreakWholeAsync(Fault fault)
    {
        inference.Model.Engine.Fail(record.Sequences);
        if (fault.Kind == FaultKind.Cut)
        {
            await Task.Delay(fault.For ?? TimeSpan.Zero, time, left);
            context.Abort();
            return;
        }

        await ApiErrors.WriteAsync(context, ApiError.Internal(fault.Text), left);
    }

    void WriteError(EventWriter events, IStreamFormat format, ApiError error)
    {
        if (!format.WriteError(events, error))
            ApiErrors.WriteEvent(events, error, context);
    }

    async Task BreakStreamAsync(EventWriter events, IStreamFormat format, Fault fault)
    {
        inference.Model.Engine.Fail(record.Sequences);
        if (fault.Kind == FaultKind.Error)
            WriteError(events, format, ApiError.Internal(fault.Text));

        await FlushAsync();
        if (fault.Kind != FaultKind.Cut)
            return;
        await Task.Delay(fault.For ?? TimeSpan.Zero, time, left);
        Wire.Cut(context);
    }

    ReadOnlyMemory<byte> RenderWhole()
    {
        var body = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(body, JsonText.Options);
        inference.Format.WriteWhole(json, choices);
        json.Flush();
        return body.WrittenMemory;
    }

    async Task FlushAsync()
    {
        if (staged is null)
        {
            await context.Response.BodyWriter.FlushAsync(left);
            return;
        }

        for (var index = 0; index < staged.WrittenCount; index++)
        {
            context.Response.BodyWriter.Write(staged.WrittenSpan.Slice(index, 1));
            await context.Response.BodyWriter.FlushAsync(left);
        }

        staged.ResetWrittenCount();
    }
}
