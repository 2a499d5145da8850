namespace AiPlatform.ModelSimulator.Engine;

enum SequenceState
{
    Waiting,
    Running,
    Ended
}
