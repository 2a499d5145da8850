using System.Text.Json;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Operations;

/// <summary>vLLM's <c>/v1/load_lora_adapter</c> and <c>/v1/unload_lora_adapter</c>. An adapter answers as its base does, under its own name.</summary>
sealed class LoraEndpoints(ServedModels models)
{
    const string InvalidUserInput = "InvalidUserInput";

    public void Map(WebApplication app)
    {
        app.MapPost("/v1/load_lora_adapter", VllmOnly.Of(context => HandleAsync(context, Load)));
        app.MapPost("/v1/unload_lora_adapter", VllmOnly.Of(context => HandleAsync(context, Unload)));
    }

    static async Task HandleAsync(HttpContext context, Func<JsonElement, (string? Done, ApiError? Error)> handle)
    {
        var (document, _, unreadable) = await RequestBody.ReadJsonAsync(context.Request, context.RequestAborted);
        using var body = document;
        var (done, error) = body is null ? (null, unreadable)
            : body.RootElement.ValueKind == JsonValueKind.Object ? handle(body.RootElement)
            : (null, ApiError.BadRequest("Input should be a valid dictionary or object to extract fields from"));
        if (error is not null)
        {
            await ApiErrors.WriteAsync(context, error, context.RequestAborted);
            return;
        }

        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(done!, context.RequestAborted);
    }

    (string? Done, ApiError? Error) Load(JsonElement root)
    {
        var fields = new FieldReader(root);
        var (name, path, baseName) = (fields.Text("lora_name"), fields.Text("lora_path"), fields.Text("base_model_name"));
        var again = fields.Flag("load_inplace");
        if (fields.Error is { } error)
            return (null, error);
        if (string.IsNullOrEmpty(name) || string.IsNullOrEmpty(path))
            return Refuse("Both 'lora_name' and 'lora_path' must be provided.");
        var loaded = models.Named(name);
        if (loaded is { Base: null })
            return Refuse($"The lora adapter name '{name}' conflicts with a served base model.");
        if (loaded is not null && !again)
            return Refuse($"The lora adapter '{name}' has already been loaded. If you want to load the adapter in place, set 'load_inplace' to true.");
        var model = baseName is null ? models.All[0] : models.Named(baseName);
        if (model is not { Base: null })
            return (null, RequestRules.UnknownModel(Personality.Of(ServerKind.Vllm), baseName!) with { Param = "base_model_name" });
        return models.TryLoad(new ServedModel(name, model.Task, model.Engine) { Base = model, Path = path })
            ? ($"Success: LoRA adapter '{name}' added successfully.", null)
            : Refuse($"{models.Adapters.Count()} lora adapters are loaded; unload some.");
    }

    (string? Done, ApiError? Error) Unload(JsonElement root)
    {
        var fields = new FieldReader(root);
        var name = fields.Text("lora_name");
        if (fields.Error is { } error)
            return (null, error);
        if (string.IsNullOrEmpty(name))
            return Refuse("'lora_name' needs to be provided to unload a LoRA adapter.");
        return models.TryUnload(name)
            ? ($"Success: LoRA adapter '{name}' removed successfully.", null)
            : (null, ApiError.NotFound($"The lora adapter '{name}' cannot be found."));
    }

    static (string? Done, ApiError? Error) Refuse(string message) => (null, new ApiError(StatusCodes.Status400BadRequest, InvalidUserInput, message));
}
