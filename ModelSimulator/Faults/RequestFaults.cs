using AiPlatform.ModelSimulator.Http;

namespace AiPlatform.ModelSimulator.Faults;

/// <summary>Finds the fault of an inference request: its header, else its model name, else one armed beforehand, else that of the wall.</summary>
sealed class RequestFaults(FaultBook book, FaultWall wall)
{
    public const string Header = "X-Simulator-Fault";

    public (Fault? Fault, ApiError? Error) Pick(HttpContext context, ServedModel model, string requested, string? inModelName)
    {
        var written = context.Request.Headers[Header].ToString() is { Length: > 0 } header ? header : inModelName;
        if (written is null)
            return (Armed(context.Request.Path.Value!, model.Name) ?? (model.Task == ModelTask.Wall ? wall.Next(requested) : null), null);
        var (fault, mistake) = FaultText.Parse(written);
        return (fault, mistake is null ? null : ApiError.BadRequest(mistake, written == inModelName ? "model" : Header));
    }

    Fault? Armed(string path, string model) =>
        (book.Take(path, model, named: true) ?? book.Take(path, model, named: false))?.Fault;
}
