using AiPlatform.ModelSimulator.Admin;
using AiPlatform.ModelSimulator.Engine;
using AiPlatform.ModelSimulator.Faults;
using AiPlatform.ModelSimulator.Http;

namespace AiPlatform.ModelSimulator.Answers;

/// <summary>Takes a good request through its engine to its client.</summary>
sealed class InferenceRunner(TimeProvider time)
{
    public async Task RunAsync(HttpContext context, RequestRecord record, Inference inference)
    {
        switch (inference.Fault)
        {
            case { Kind: FaultKind.Status } fault:
                await ApiErrors.WriteAsync(context, ApiError.Of(fault.Code, fault.Text, fault.RetryAfterSeconds), context.RequestAborted);
                return;
            case { Kind: FaultKind.ErrorBody } fault:
                var error = ApiError.Of(fault.Code, fault.Text) with { HttpStatus = StatusCodes.Status200OK };
                await ApiErrors.WriteAsync(context, error, context.RequestAborted);
                return;
            case { Kind: FaultKind.Reset }:
                context.Abort();
                return;
        }

        var engine = inference.Model.Engine;
        var sequence = new Sequence(inference.Plan, time.GetTimestamp());
        if (!engine.TrySubmit(sequence))
        {
            await ApiErrors.WriteAsync(context, ApiError.Unavailable("The waiting queue of the engine is full."), context.RequestAborted);
            return;
        }

        record.Sequence = sequence;
        await SendAsync(context, record, inference, sequence);
    }

    async Task SendAsync(HttpContext context, RequestRecord record, Inference inference, Sequence sequence)
    {
        var engine = inference.Model.Engine;
        using var leaving = sequence.IsEnded ? default : context.RequestAborted.UnsafeRegister(_ => engine.Leave(sequence), null);
        try
        {
            var sender = new AnswerSender(context, inference, sequence, record, time);
            await (inference.Stream ? sender.SendStreamAsync() : sender.SendWholeAsync());
        }
        finally
        {
            // Abort() cancels RequestAborted later and elsewhere, maybe after the registration is gone.
            engine.Leave(sequence);
        }
    }
}
