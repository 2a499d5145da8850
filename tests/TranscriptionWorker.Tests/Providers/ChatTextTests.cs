using AiPlatform.TranscriptionWorker.Providers;

namespace AiPlatform.TranscriptionWorker.Tests.Providers;

public sealed class ChatTextTests
{
    [Theory]
    [InlineData("Hello there.", "Hello there.")]
    [InlineData("**Speaker 1:** Hello.\n\n**Speaker 2:** Yes?", "Hello. Yes?")]
    [InlineData("Speaker A: Hello.\n[SPEAKER_01]: Yes?", "Hello. Yes?")]
    [InlineData("**Agent**: Hello.\r\n__Caller:__ Yes?", "Hello. Yes?")]
    [InlineData("```text\nHello.\n```", "Hello.")]
    [InlineData("Sure! Here is the transcript of the audio:\n\nHello.", "Hello.")]
    [InlineData("**Transcription:** Hello.", "Hello.")]
    [InlineData("# Transcript:\n- Hello.\n- Yes?", "Hello. Yes?")]
    [InlineData("\"Hello.\"", "Hello.")]
    [InlineData("It is *very* **good**.", "It is very good.")]
    [InlineData("Two * three is six, and snake_case stays.", "Two * three is six, and snake_case stays.")]
    [InlineData("The plan: we meet at 5:30.", "The plan: we meet at 5:30.")]
    [InlineData("My speaker is broken: help.", "My speaker is broken: help.")]
    [InlineData("", "")]
    public void What_a_chat_writes_around_the_words_is_taken_off(string written, string plain) => Assert.Equal(plain, ChatText.Plain(written));
}
