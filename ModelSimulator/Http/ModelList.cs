using System.Globalization;
using System.Text.Json;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Http;

/// <summary><c>GET /v1/models</c>, and Ollama's own <c>/api/tags</c>.</summary>
static class ModelList
{
    public static void Write(Utf8JsonWriter json, Personality personality, ServedModels models, SimulatorOptions options, DateTimeOffset started)
    {
        if (personality.Kind != ServerKind.Anthropic)
            json.WriteString("object", "list");
        json.WriteStartArray("data");
        foreach (var model in personality.Kind == ServerKind.Vllm ? models.All.Concat(models.Adapters) : models.All)
        {
            json.WriteStartObject();
            if (personality.Kind == ServerKind.Anthropic)
                WriteAnthropic(json, model.Name, started);
            else
                WriteOpenAi(json, personality, model, options, started);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (personality.Kind != ServerKind.Anthropic)
            return;
        json.WriteString("first_id", models.All[0].Name);
        json.WriteString("last_id", models.All[^1].Name);
        json.WriteBoolean("has_more", false);
    }

    public static void WriteOllamaTags(Utf8JsonWriter json, ServedModels models, DateTimeOffset started)
    {
        json.WriteStartArray("models");
        foreach (var model in models.All)
        {
            json.WriteStartObject();
            json.WriteString("name", model.Name);
            json.WriteString("model", model.Name);
            json.WriteString("modified_at", Text(started));
            json.WriteNumber("size", 0);
            json.WriteString("digest", "");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    static void WriteAnthropic(Utf8JsonWriter json, string model, DateTimeOffset started)
    {
        json.WriteString("type", "model");
        json.WriteString("id", model);
        json.WriteString("display_name", model);
        json.WriteString("created_at", Text(started));
    }

    static void WriteOpenAi(Utf8JsonWriter json, Personality personality, ServedModel model, SimulatorOptions options, DateTimeOffset started)
    {
        json.WriteString("id", model.Name);
        json.WriteString("object", "model");
        if (personality.Kind != ServerKind.LmStudio)
            json.WriteNumber("created", started.ToUnixTimeSeconds());
        json.WriteString("owned_by", personality.OwnedBy);
        if (personality.Kind != ServerKind.Vllm)
            return;
        json.WriteString("root", model.Path ?? model.Name);
        json.WriteString("parent", model.Base?.Name);
        if (model.Base is null)
            json.WriteNumber("max_model_len", options.MaxModelLen);
        else
            json.WriteNull("max_model_len");
        WritePermission(json, model.Name, started);
    }

    static void WritePermission(Utf8JsonWriter json, string model, DateTimeOffset started)
    {
        json.WriteStartArray("permission");
        json.WriteStartObject();
        json.WriteString("id", "modelperm-" + model);
        json.WriteString("object", "model_permission");
        json.WriteNumber("created", started.ToUnixTimeSeconds());
        foreach (var (name, allowed) in new[]
        {
            ("allow_create_engine", false), ("allow_sampling", true), ("allow_logprobs", true),
            ("allow_search_indices", false), ("allow_view", true), ("allow_fine_tuning", false)
        })
        {
            json.WriteBoolean(name, allowed);
        }

        json.WriteString("organization", "*");
        json.WriteNull("group");
        json.WriteBoolean("is_blocking", false);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    static string Text(DateTimeOffset moment) => moment.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
