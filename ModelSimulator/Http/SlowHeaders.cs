using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AiPlatform.ModelSimulator.Http;

/// <summary>Lets one response's headers out byte by byte. It sits between Kestrel and the socket, because above it headers leave in one piece.</summary>
static class SlowHeaders
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
    public static void Begin(HttpContext context, TimeSpan every, TimeProvider time)
    {
        if (context.Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(Key, out var output) == true)
            ((Output)output!).Begin(every, time);
    }

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

        public override bool CanGetUnflushedBytes => held is null && socket.CanGetUnflushedBytes;

        public override long UnflushedBytes => socket.UnflushedBytes;

        public void Begin(TimeSpan pause, TimeProvider clock) => (held, every, time) = (new(), pause, clock);

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
            held is null ? socket.FlushAsync(cancellationToken) : TrickleAsync(held, cancellationToken);

        public override void CancelPendingFlush() => socket.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => socket.Complete(exception);

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
