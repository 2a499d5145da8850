namespace AiPlatform.ModelSimulator.Engine;

/// <summary>Why a request ended: the values of vLLM's <c>finished_reason</c> label that a simulation can reach.</summary>
enum FinishReason
{
    Stop,
    Length,
    Abort,
    Error
}
