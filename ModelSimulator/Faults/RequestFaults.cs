using AiPlatform.ModelSimulator.Http;

namespace AiPlatform.ModelSimulator.Faults;

/// <summary>
/// Finds the fault of an inference request: that of its headers, else of its model name, else one armed beforehand, else that of the wall, else one by chance.
/// </summary>
sealed class RequestFaults(FaultBook book, FaultWall wall, RandomFailures failures)
{
    public const string Header = "X-Simulator-Fault";

    /// <summary>Holds nothing but the status to answer with.</summary>
    public const string StatusHeader = "X-Return-Error";

    public (Fault? Fault, ApiError? Error) Pick(HttpContext context, ServedModel model, string requested, string? inModelName)
    {
        var written = context.Request.Headers[Header].ToString() is { Length: > 0 } header ? header : inModelName;
        if (written is null)
        {
            if (context.Request.Headers[StatusHeader].ToString() is { Length: > 0 } status)
                return OfStatus(status);
            return (Armed(context.Request.Path.Value!, model.Name) ?? (model.Task == ModelTask.Wall ? wall.Next(requested) : failures.Next()), null);
        }

        var (fault, mistake) = FaultText.Parse(written);
        return (fault, mistake is null ? null : ApiError.BadRequest(mistake, written == inModelName ? "model" : Header));
    }

    static (Fault? Fault, ApiError? Error) OfStatus(string status)
    {
        var (fault, mistake) = FaultText.Parse("status;code=" + status);
        return mistake is null && fault is { ErrorCode: null, Message: null }
            ? (fault, null)
            : (null, ApiError.BadRequest($"{StatusHeader} is '{status}', which is not a status from 400 to 599", StatusHeader));
    }

    Fault? Armed(string path, string model) =>
        (book.Take(path, model, named: true) ?? book.Take(path, model, named: false))?.Fault;
}
