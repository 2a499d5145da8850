using System.Collections.Frozen;
using System.Diagnostics;
using AiPlatform.ModelSimulator.Engine;
using AiPlatform.ModelSimulator.Faults;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;
using Microsoft.Extensions.Options;

namespace AiPlatform.ModelSimulator;

/// <summary>The models of this server. A name may carry a fault after an at sign, such as <c>qwen2.5-14b@stall;after=5</c>.</summary>
sealed class ServedModels : IDisposable
{
    readonly FrozenDictionary<string, ServedModel> byName;

    public ServedModels(IOptions<SimulatorOptions> options, TimeProvider time)
    {
        var settings = options.Value;
        All =
        [
            .. settings.Models.Select(name => new ServedModel(name, ModelTask.Chat, new BatchEngine(settings, time))),
            .. settings.AudioModels.Select(name => new ServedModel(name, ModelTask.Transcription, new BatchEngine(settings, time))),
            .. settings.EmbeddingModels.Select(name => new ServedModel(name, ModelTask.Embedding, new BatchEngine(settings, time)))
        ];
        Wall = new ServedModel(FaultWall.ModelName, ModelTask.Wall, new BatchEngine(settings, time));
        byName = All.ToFrozenDictionary(model => model.Name, StringComparer.Ordinal);
    }

    public IReadOnlyList<ServedModel> All { get; }

    /// <summary>Serves every name of the wall, and is in no list: a caller asks for it on purpose.</summary>
    public ServedModel Wall { get; }

    /// <summary>Finds a model by the name in a request; without a name, the first that fits, as vLLM does. No task: any model.</summary>
    public ApiError? Find(Personality personality, string? requested, ModelTask? task, out ServedModel model, out string? fault)
    {
        fault = null;
        if (requested is null)
        {
            model = First(task);
        }
        else if (FaultWall.Has(requested))
        {
            model = Wall;
        }
        else if (!byName.TryGetValue(requested, out model!))
        {
            var at = requested.LastIndexOf('@');
            if (at >= 0 && byName.TryGetValue(requested[..at], out model!))
                fault = requested[(at + 1)..];
            else if (personality.AnswersUnknownModels)
                model = First(task);
            else
                return RequestRules.UnknownModel(personality, requested);
        }

        return Serves(model, task) ? null : ApiError.BadRequest($"The model does not support {Api(task)} API", "model");
    }

    ServedModel First(ModelTask? task) => All.FirstOrDefault(candidate => Serves(candidate, task)) ?? All[0];

    static bool Serves(ServedModel model, ModelTask? task) => task is null || model.Task == task || (model.Task, task) is (ModelTask.Transcription or ModelTask.Wall, ModelTask.Chat);

    static string Api(ModelTask? task) => task switch
    {
        ModelTask.Chat => "Chat Completions",
        ModelTask.Transcription => "Transcriptions",
        ModelTask.Embedding => "Embeddings",
        _ => throw new UnreachableException()
    };

    public bool Has(string name) => byName.ContainsKey(name) || FaultWall.Has(name) || (name.LastIndexOf('@') is > 0 and var at && byName.ContainsKey(name[..at]));

    /// <summary>Ends every request, so that open streams do not hold up the stop.</summary>
    public void Stop()
    {
        foreach (var model in All.Append(Wall))
            model.Engine.Stop();
    }

    public void Dispose()
    {
        foreach (var model in All.Append(Wall))
            model.Engine.Dispose();
    }
}
