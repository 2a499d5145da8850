namespace AiPlatform.ModelSimulator.Engine;

internal enum SequenceState
{
    Waiting,
    Running,
    Ended
}
