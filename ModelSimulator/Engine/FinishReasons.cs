using System.Diagnostics;

namespace AiPlatform.ModelSimulator.Engine;

static class FinishReasons
{
    public static string Name(this FinishReason reason) => reason switch
    {
        FinishReason.Stop => "stop",
        FinishReason.Length => "length",
        FinishReason.Abort => "abort",
        FinishReason.Error => "error",
        _ => throw new UnreachableException()
    };
}
