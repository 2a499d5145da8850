using System.Collections.Frozen;
using System.Collections.Immutable;
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
    const int MaxAdapters = 1000;

    readonly FrozenDictionary<string, ServedModel> byName;
    ImmutableSortedDictionary<string, ServedModel> adapters = ImmutableSortedDictionary.Create<string, ServedModel>(StringComparer.Ordinal);

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

    /// <summary>LoRA adapters that were loaded, by name.</summary>
    public IEnumerable<ServedModel> Adapters => Volatile.Read(ref adapters).Values;

    /// <summary>False: as many as it keeps are loaded.</summary>
    public bool TryLoad(ServedModel adapter) => ImmutableInterlocked.Update(
        ref adapters, static (loaded, added) => loaded.Count < MaxAdapters ? loaded.SetItem(added.Name, added) : loaded, adapter)
        || Volatile.Read(ref adapters).GetValueOrDefault(adapter.Name) == adapter;

    /// <summary>False: there is none of this name.</summary>
    public bool TryUnload(string name) => ImmutableInterlocked.Update(ref adapters, static (loaded, gone) => loaded.Remove(gone), name);

    public void UnloadAll() => ImmutableInterlocked.Update(ref adapters, loaded => loaded.Clear());

    /// <summary>A model of this name, or an adapter.</summary>
    public ServedModel? Named(string name) => byName.GetValueOrDefault(name) ?? Volatile.Read(ref adapters).GetValueOrDefault(name);

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
        else if (Named(requested) is { } named)
        {
            model = named;
        }
        else if (requested.LastIndexOf('@') is >= 0 and var at && Named(requested[..at]) is { } faulty)
        {
            (model, fault) = (faulty, requested[(at + 1)..]);
        }
        else
        {
            model = First(task);
            if (!personality.AnswersUnknownModels)
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

    public bool Has(string name) => Named(name) is not null || FaultWall.Has(name) || (name.LastIndexOf('@') is > 0 and var at && Named(name[..at]) is not null);

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
