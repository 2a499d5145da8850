using System.Collections.Frozen;

namespace AiPlatform.ModelSimulator.Personalities;

/// <summary>The fields that OpenAI knows; it refuses every other.</summary>
static class OpenAiFields
{
    public static readonly FrozenSet<string> Chat = Set(
        "audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens messages metadata modalities model n "
        + "parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_retention reasoning_effort response_format safety_identifier seed "
        + "service_tier stop store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options");

    public static readonly FrozenSet<string> Completion = Set(
        "best_of echo frequency_penalty logit_bias logprobs max_tokens model n presence_penalty prompt seed stop stream stream_options suffix temperature top_p user");

    public static readonly FrozenSet<string> Response = Set(
        "background conversation include input instructions max_output_tokens max_tool_calls metadata model parallel_tool_calls previous_response_id prompt "
        + "prompt_cache_key prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options temperature text tool_choice tools "
        + "top_logprobs top_p truncation user");

    static FrozenSet<string> Set(string names) => names.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
