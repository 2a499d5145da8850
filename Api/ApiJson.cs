using System.Text.Encodings.Web;
using System.Text.Json.Serialization;
using AiPlatform.Contracts;
using Microsoft.AspNetCore.Http.Json;

namespace AiPlatform.Api;

/// <summary>Answers, and the schemas of the OpenAPI document, are written as the contracts say and not as ASP.NET's defaults do.</summary>
static class ApiJson
{
    public static void Apply(JsonOptions json)
    {
        var contracts = ContractsJson.Default.Options;
        var options = json.SerializerOptions;
        options.TypeInfoResolverChain.Insert(0, ContractsJson.Default);
        options.PropertyNamingPolicy = contracts.PropertyNamingPolicy;
        options.RespectNullableAnnotations = contracts.RespectNullableAnnotations;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        foreach (var converter in contracts.Converters)
            options.Converters.Add(converter);
        // Every letter outside ASCII would take six bytes; these answers are JSON and never part of a page.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
    }
}
