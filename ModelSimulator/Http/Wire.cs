using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AiPlatform.ModelSimulator.Http;

/// <summary>
/// Sits between Kestrel and the socket, for what cannot be done above it: headers that leave byte by byte, and a connection that ends in the
/// middle of an answer after all that was written has left, which Abort() does not wait for.
/// </summary>
static class Wire
{
    static readonly object Key = new();

    public static void Use(KestrelServerOptions kestrel) => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(next => connection =>
    {
        var output = new Output(connection.Transport.Output);
        connection.Items[Key] = output;
        connection.Transport = new Duplex(connection.Transport.Input, output);
        return next(connection);
    }));

    /// <summary>Slows the headers of the answer to this request, which must not have started.</summary>
    public static void SlowHeaders(HttpContext context, TimeSpan every, TimeProvider time) => Of(context).Slow(every, time);

    /// <summary>Ends the connection after what was flushed; what is written later goes nowhere.</summary>
    public static void Cut(HttpContext context) => Of(context).Cut();

    static Output Of(HttpContext context) => (Output)context.Features.Get<IConnectionItemsFeature>()!.Items[Key]!;

    sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }

    sealed class Output(PipeWriter socket) : PipeWriter
    {
        ArrayBufferWriter<byte>? held;
        TimeSpan every;
        TimeProvider time = TimeProvider.System;
        bool cut;

        public override bool CanGetUnflushedBytes => held is null && socket.CanGetUnflushedBytes;

        public override long UnflushedBytes => held is null ? socket.UnflushedBytes : held.WrittenCount;

        public void Slow(TimeSpan pause, TimeProvider clock) => (held, every, time) = (new(), pause, clock);

        public void Cut()
        {
            (held, cut) = (new(), true);
            socket.Complete();
        }

        public override Memory<byte> GetMemory(int sizeHint = 0) => held?.GetMemory(sizeHint) ?? socket.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => held is null ? socket.GetSpan(sizeHint) : held.GetSpan(sizeHint);

        public override void Advance(int bytes)
        {
            if (held is null)
                socket.Advance(bytes);
            else
                held.Advance(bytes);
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
            // Told that it is completed, Kestrel would abort the connection, and with it what has not left yet.
            cut ? default
            : held is null ? socket.FlushAsync(cancellationToken)
            : TrickleAsync(held, cancellationToken);

        public override void CancelPendingFlush() => socket.CancelPendingFlush();

        public override void Complete(Exception? exception = null)
        {
            if (!cut)
                socket.Complete(exception);
        }

        async ValueTask<FlushResult> TrickleAsync(ArrayBufferWriter<byte> waiting, CancellationToken cancellationToken)
        {
            var end = waiting.WrittenSpan.IndexOf("\r\n\r\n"u8);
            for (var index = 0; index < (end < 0 ? waiting.WrittenCount : end + 4); index++)
            {
                socket.Write(waiting.WrittenSpan.Slice(index, 1));
                await socket.FlushAsync(cancellationToken);
                await Task.Delay(every, time, cancellationToken);
            }

            if (end < 0)
            {
                waiting.ResetWrittenCount();
                return default;
            }

            held = null;
            socket.Write(waiting.WrittenSpan[(end + 4)..]);
            return await socket.FlushAsync(cancellationToken);
        }
    }
}
