using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AiPlatform.ModelSimulator.Admin;
using AiPlatform.ModelSimulator.Engine;
using AiPlatform.ModelSimulator.Faults;
using AiPlatform.ModelSimulator.Http;

namespace AiPlatform.ModelSimulator.Answers;

/// <summary>Sends what a sequence generates, whole or token by token, and does to the connection what the request's fault asks for.</summary>
sealed class AnswerSender(HttpContext context, Inference inference, Sequence sequence, RequestRecord record, TimeProvider time)
{
    // Abort() discards what the socket has not taken yet; without the pause a client would not always see the tokens before the cut.
    static readonly TimeSpan PauseBeforeCut = TimeSpan.FromMilliseconds(30);

    readonly CancellationToken left = context.RequestAborted;
    readonly ArrayBufferWriter<byte>? staged = inference.Fault?.Kind == FaultKind.Trickle ? new() : null;

    public async Task SendWholeAsync()
    {
        if (inference.Fault is { Kind: FaultKind.Cut or FaultKind.Error } broken)
        {
            await sequence.WaitBeyondAsync(BreakAt(broken) - 1, left);
            await BreakWholeAsync(broken);
            return;
        }

        await sequence.WaitForEndAsync(left);
        if (sequence.Finish is FinishReason.Error or FinishReason.Abort)
        {
            await ApiErrors.WriteAsync(context, ApiError.Internal("The engine stopped."), left);
            return;
        }

        var body = RenderWhole();
        var sent = inference.Fault?.Kind == FaultKind.Malformed ? body[..(body.Length / 2)] : body;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = sent.Length;
        (staged ?? (IBufferWriter<byte>)context.Response.BodyWriter).Write(sent.Span);
        record.TokensSent = sequence.Generated;
        await FlushAsync();
    }

    public async Task SendStreamAsync()
    {
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        using var events = new EventWriter(staged ?? (IBufferWriter<byte>)context.Response.BodyWriter);
        if (!sequence.IsEnded && inference.Fault?.Kind != FaultKind.Hang)
            await context.Response.BodyWriter.FlushAsync(left);

        var breakAt = inference.Fault is { Breaks: true } fault ? BreakAt(fault) : int.MaxValue;
        await SendTokensAsync(events, breakAt);
        if (record.TokensSent >= breakAt)
        {
            await BreakStreamAsync(events);
            return;
        }

        if (sequence.Finish is FinishReason.Error or FinishReason.Abort)
            WriteError(events, ApiError.Internal("The engine stopped."));
        else
            inference.Format.Close(events, sequence.Generated, sequence.Finish);
        if (inference.Fault?.Kind != FaultKind.NoDone)
            events.Done();
        await FlushAsync();
    }

    async Task SendTokensAsync(EventWriter events, int breakAt)
    {
        var malformedAt = inference.Fault is { Kind: FaultKind.Malformed } fault ? BreakAt(fault) - 1 : -1;
        for (var sent = 0; sent < breakAt;)
        {
            await sequence.WaitBeyondAsync(sent, left);

            // In this order: a sequence seen as ended has all its tokens.
            var ended = sequence.IsEnded;
            var ready = Math.Min(sequence.Generated, breakAt);
            if (sent == 0 && ready > 0)
                inference.Format.Open(events);
            for (; sent < ready; sent++)
            {
                if (sent == malformedAt)
                    events.Malformed();
                else
                    inference.Format.Token(events, TokenText(sent), sent + 1);
            }

            record.TokensSent = sent;
            if (ended && sent == sequence.Generated)
                return;
            await FlushAsync();
        }
    }

    ReadOnlySpan<char> TokenText(int index) => inference.Fault?.Kind == FaultKind.Clock
        ? string.Create(CultureInfo.InvariantCulture, $" {Stopwatch.GetTimestamp()}")
        : inference.Text.Token(index);

    int BreakAt(Fault fault) => Math.Min(fault.After, inference.Plan.AnswerTokens);

    async Task BreakWholeAsync(Fault fault)
    {
        inference.Model.Engine.Fail(sequence);
        if (fault.Kind == FaultKind.Cut)
        {
            context.Abort();
            return;
        }

        await ApiErrors.WriteAsync(context, ApiError.Internal(fault.Text), left);
    }

    async Task BreakStreamAsync(EventWriter events)
    {
        inference.Model.Engine.Fail(sequence);
        if (inference.Fault!.Kind == FaultKind.Error)
        {
            WriteError(events, ApiError.Internal(inference.Fault.Text));
            events.Done();
        }

        await FlushAsync();
        if (inference.Fault.Kind != FaultKind.Cut)
            return;
        await Task.Delay(PauseBeforeCut, time, left);
        context.Abort();
    }

    static void WriteError(EventWriter events, ApiError error)
    {
        ApiErrors.Write(events.Begin(), error);
        events.End();
    }

    ReadOnlyMemory<byte> RenderWhole()
    {
        var body = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(body, JsonText.Options);
        inference.Format.WriteWhole(json, inference.Text.First(sequence.Generated), sequence.Generated, sequence.Finish);
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
