using System.Text.Json;

namespace AiPlatform.LlmWorker.Agents;

/// <summary>A message to an agent, fit to be answered. Fields beyond those read here are the caller's own.</summary>
sealed record AgentInput(AgentMessage Message, AgentPersona Agent, IReadOnlyList<AgentTurn> History)
{
    const int MostNameCharacters = 256;
    const int MostSettingCharacters = 32_000;
    const int MostTextCharacters = 100_000;
    const int MostTurns = 500;

    /// <summary>The group that is to answer, of any input: known before the rest of it is read.</summary>
    /// <returns>Null for that of the job's model profile.</returns>
    public static string? GroupIn(JsonElement? input) =>
        input is { ValueKind: JsonValueKind.Object } fields && fields.TryGetProperty("agent", out var agent) && agent.ValueKind == JsonValueKind.Object
        && agent.TryGetProperty("model_group", out var group) && group.ValueKind == JsonValueKind.String ? group.GetString() : null;

    /// <param name="jobTenant">The tenant whose job it is; null where the job names none.</param>
    /// <param name="problem">A sentence that names the field; null where the input can be answered.</param>
    public static AgentInput? TryRead(JsonElement? input, string? jobTenant, out string? problem)
    {
        var fields = new AgentFields(input, "input");
        var message = ReadMessage(fields.Object("message"), jobTenant);
        var agent = ReadAgent(fields.Object("agent"), message.TenantId);
        var history = fields.Objects("history", MostTurns).Select(turn => ReadTurn(turn, message.TenantId)).ToList();
        problem = fields.Problem;
        return problem is null ? new AgentInput(message, agent, history) : null;
    }

    static AgentMessage ReadMessage(AgentFields fields, string? jobTenant)
    {
        var id = fields.Word("id", MostNameCharacters);
        var tenant = fields.OptionalWord("tenant_id", MostNameCharacters) ?? jobTenant;
        if (tenant is null)
        {
            fields.Refuse("tenant_id", "is required where the job has no tenant_id of its own.");
        }
        else if (jobTenant is not null && tenant != jobTenant)
        {
            fields.Refuse("tenant_id", "is another than the job's own tenant_id.");
        }
        _ = fields.OptionalWord("channel", MostNameCharacters);
        _ = fields.OptionalWord("user_id", MostNameCharacters);
        return new AgentMessage(id, tenant ?? "", fields.Text("text", MostTextCharacters));
    }

    static AgentPersona ReadAgent(AgentFields fields, string tenant)
    {
        RefuseOthers(fields, tenant);
        return new AgentPersona(
            fields.Text("name", MostNameCharacters),
            fields.OptionalText("role", MostNameCharacters),
            fields.OptionalText("persona", MostSettingCharacters),
            fields.OptionalText("system_prompt", MostSettingCharacters),
            fields.OptionalWord("model_group", MostNameCharacters));
    }

    static AgentTurn ReadTurn(AgentFields fields, string tenant)
    {
        RefuseOthers(fields, tenant);
        var role = fields.Word("role", MostNameCharacters);
        if (role is not ("user" or "assistant"))
        {
            fields.Refuse("role", "must be 'user' or 'assistant'.");
        }
        return new AgentTurn(role, fields.Text("content", MostTextCharacters));
    }

    /// <summary>What one tenant said is nothing that an answer to another may rest on.</summary>
    static void RefuseOthers(AgentFields fields, string tenant)
    {
        if (fields.OptionalWord("tenant_id", MostNameCharacters) is { } other && other != tenant)
        {
            fields.Refuse("tenant_id", "is another than that of the message.");
        }
    }
}

/// <param name="Id">The caller's.</param>
sealed record AgentMessage(string Id, string TenantId, string Text);

/// <summary>Whom the model is to play.</summary>
/// <param name="ModelGroup">Null for the group of the job's model profile.</param>
sealed record AgentPersona(string Name, string? Role, string? Persona, string? SystemPrompt, string? ModelGroup);

/// <summary>What was said before.</summary>
/// <param name="Role"><c>user</c> or <c>assistant</c>.</param>
sealed record AgentTurn(string Role, string Content);
