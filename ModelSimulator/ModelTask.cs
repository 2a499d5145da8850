namespace AiPlatform.ModelSimulator;

/// <summary>What a model is served for; one for audio also chats.</summary>
enum ModelTask
{
    Chat,
    Transcription,
    Embedding,

    /// <summary>Chat as <see cref="Faults.FaultWall"/> wants it.</summary>
    Wall
}
