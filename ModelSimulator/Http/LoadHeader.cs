using System.Globalization;

namespace AiPlatform.ModelSimulator.Http;

/// <summary>ORCA, as vLLM speaks it: a caller that asks is told the engine's load in a header of the answer.</summary>
static class LoadHeader
{
    const string Wanted = "endpoint-load-metrics-format";
    const string Told = "endpoint-load-metrics";

    public static void Tell(HttpContext context, ServedModel model)
    {
        var format = context.Request.Headers[Wanted].ToString();
        if (format.Length == 0)
            return;
        var load = model.Engine.Load();
        if (format.Equals("TEXT", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Headers[Told] = string.Create(
                CultureInfo.InvariantCulture, $"TEXT named_metrics.kv_cache_usage_perc={load.KvUsage:0.0###}, named_metrics.num_requests_waiting={load.Waiting:0.0}");
        }
        else if (format.Equals("JSON", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Headers[Told] = string.Create(
                CultureInfo.InvariantCulture,
                $$$"""JSON {"named_metrics": {"kv_cache_usage_perc": {{{load.KvUsage:0.0###}}}, "num_requests_waiting": {{{load.Waiting:0.0}}}}}""");
        }
    }
}
