using System.Collections.Frozen;
using AiPlatform.ModelSimulator.Engine;
using AiPlatform.ModelSimulator.Http;
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
            .. settings.Models.Select(name => new ServedModel(name, Transcribes: false, new BatchEngine(settings, time))),
            .. settings.AudioModels.Select(name => new ServedModel(name, Transcribes: true, new BatchEngine(settings, time)))
        ];
        byName = All.ToFrozenDictionary(model => model.Name, StringComparer.Ordinal);
    }

    public IReadOnlyList<ServedModel> All { get; }

    /// <summary>Finds a model by the name in a request; without a name, the first that fits, as vLLM does.</summary>
    public ApiError? Find(string? requested, bool transcribes, out ServedModel model, out string? fault)
    {
        fault = null;
        if (requested is null)
        {
            model = All.FirstOrDefault(candidate => !transcribes || candidate.Transcribes) ?? All[0];
        }
        else if (!byName.TryGetValue(requested, out model!))
        {
            var at = requested.LastIndexOf('@');
            if (at < 0 || !byName.TryGetValue(requested[..at], out model!))
                return ApiError.NotFound($"The model `{requested}` does not exist.", "model");
            fault = requested[(at + 1)..];
        }

        return transcribes && !model.Transcribes
            ? ApiError.BadRequest("The model does not support Transcriptions API", "model")
            : null;
    }

    /// <summary>Ends every request, so that open streams do not hold up the stop.</summary>
    public void Stop()
    {
        foreach (var model in All)
            model.Engine.Stop();
    }

    public void Dispose()
    {
        foreach (var model in All)
            model.Engine.Dispose();
    }
}
