using System.Text.Json;
using AiPlatform.ModelSimulator.Admin;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Engine;
using AiPlatform.ModelSimulator.Faults;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Audio;

/// <summary>whisperX-FastAPI: a POST answers a task's id at once, <c>GET /task/{id}</c> how it stands and at last its result.</summary>
sealed class TranscriptionTasks(InferenceRunner runner, TimeProvider time)
{
    const int MostKept = 1000;

    readonly Lock gate = new();
    readonly OrderedDictionary<string, (Inference Inference, IReadOnlyList<Choice> Choices)> tasks = new(StringComparer.Ordinal);

    public async Task StartAsync(HttpContext context, RequestRecord record, Inference inference)
    {
        if (inference.Fault is { Kind: FaultKind.Status or FaultKind.ErrorBody or FaultKind.Reset or FaultKind.Hang })
        {
            await runner.RunAsync(context, record, inference);
            return;
        }

        var choices = inference.Begin(time.GetTimestamp());
        Sequence[] sequences = [.. choices.Select(choice => choice.Sequence)];
        if (!inference.Model.Engine.TrySubmit(sequences))
        {
            await ApiErrors.WriteAsync(context, ApiError.Unavailable("The waiting queue of the engine is full."), context.RequestAborted);
            return;
        }

        record.Sequences = sequences;
        var id = Guid.NewGuid().ToString();
        lock (gate)
        {
            tasks.Add(id, (inference, choices));
            if (tasks.Count > MostKept)
                tasks.RemoveAt(0);
        }

        await WriteAsync(context, json =>
        {
            json.WriteString("identifier", id);
            json.WriteString("message", "Task queued");
        });
    }

    public async Task TellAsync(HttpContext context, string id)
    {
        (Inference Inference, IReadOnlyList<Choice> Choices) task;
        lock (gate)
            tasks.TryGetValue(id, out task);
        if (Personality.Of(context).Kind != ServerKind.WhisperXTasks || task.Choices is null)
        {
            await ApiErrors.WriteAsync(context, ApiError.NotFound("Identifier not found"), context.RequestAborted);
            return;
        }

        var status = Status(task.Inference, task.Choices[0]);
        await WriteAsync(context, json =>
        {
            json.WriteString("status", status);
            json.WritePropertyName("result");
            if (status == "completed")
                task.Inference.Format.WriteWhole(json, task.Choices);
            else
                json.WriteNullValue();
            json.WriteStartObject("metadata");
            json.WriteString("task_type", "full_process");
            json.WriteEndObject();
            json.WriteString("error", status == "failed" ? task.Inference.Fault?.Text ?? "The engine stopped." : null);
        });
    }

    static string Status(Inference inference, Choice choice) => choice switch
    {
        _ when inference.Fault is { Breaks: true } && choice.Generated >= choice.Limit => "failed",
        { Sequence.State: SequenceState.Waiting } => "queued",
        { Sequence.State: SequenceState.Running } => "processing",
        { Failed: true } => "failed",
        _ => "completed"
    };

    static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> fields)
    {
        context.Response.ContentType = "application/json";
        using (var json = new Utf8JsonWriter(context.Response.BodyWriter, JsonText.Options))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
        }

        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
