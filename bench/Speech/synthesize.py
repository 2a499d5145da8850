#!/usr/bin/env python3
"""Telephone calls whose every word has a known time, made with eSpeak NG.

usage: synthesize.py FOLDER [--small]

Writes FOLDER/<call>.wav (8 kHz, mu-law, two channels, or one channel with both voices) and FOLDER/<call>.json: {"echo", "words": [{"start",
"end", "text", "speaker", "sentence"}]}, seconds. Sentences are numbered over the call; a word's text has its punctuation; echo says that each
channel hears the other one, faintly but above the noise. The same bytes for the same eSpeak NG.
Needs libespeak-ng.so.1 and NumPy (apt-get install espeak-ng python3-numpy).
"""
import ctypes
import json
import os
import random
import struct
import sys

import numpy as np

RATE = 8000

# dB above the noise from which on an echo is heard.
AUDIBLE = 6

# Each call: name, voices with their speed (words a minute) and pitch, script, noise in dB below the voice, seed, and on two channels each
# one's echo of the other in dB of the voice.
CALLS = [
    ("order", (("gmw/en-US+f3", 165, 50), ("gmw/en+m3", 150, 42)), "order", 30, 1, None),
    ("broken", (("gmw/en-GB-x-rp+m1", 175, 45), ("gmw/en-US+f2", 160, 60)), "broken", 24, 2, -32),
    ("bill", (("gmw/en+m7", 155, 35), ("gmw/en-US+m3", 180, 55)), "bill", 20, 3, None),
    ("address", (("gmw/en-GB-scotland+f4", 150, 50), ("gmw/en-US+f1", 185, 45)), "address", 30, 4, -15),
    ("doctor", (("gmw/en-029+f2", 160, 55), ("gmw/en+m4", 170, 40)), "doctor", 15, 5, None),
    ("voicemail", (("gmw/en-US+m1", 165, 50),), "voicemail", 24, 6, None),
]
SMALL = [
    ("small", (("gmw/en-US+f3", 165, 50), ("gmw/en+m3", 155, 42)), "small", 24, 7, None),
]


class Id(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int), ("unique_identifier", ctypes.c_uint), ("text_position", ctypes.c_int), ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int), ("sample", ctypes.c_int), ("user_data", ctypes.c_void_p), ("id", Id),
    ]


WORD = 1
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))


class Espeak:
    """Says sentences, and when each word of them begins."""

    def __init__(self):
        self.library = ctypes.CDLL("libespeak-ng.so.1")
        self.rate = self.library.espeak_Initialize(1, 0, None, 0)
        if self.rate <= 0:
            sys.exit("eSpeak NG finds no voices: install its data (apt-get install espeak-ng).")
        self.samples, self.events = [], []
        self.callback = CALLBACK(self.heard)
        self.library.espeak_SetSynthCallback(self.callback)

    def heard(self, samples, count, events):
        if samples and count > 0:
            self.samples.append(np.ctypeslib.as_array(samples, (count,)).copy())
        at = 0
        while events[at].type != 0:
            if events[at].type == WORD:
                self.events.append((events[at].text_position, events[at].sample))
            at += 1
        return 0

    def say(self, text, voice, speed, pitch):
        """Samples at 8 kHz without silence around them, and the start in seconds of each word, by its place in text.split()."""
        self.samples, self.events = [], []
        if self.library.espeak_SetVoiceByName(voice.encode()) != 0:
            sys.exit(f"eSpeak NG has no voice {voice}.")
        self.library.espeak_SetParameter(1, speed, 0)
        self.library.espeak_SetParameter(3, pitch, 0)
        data = text.encode()
        self.library.espeak_Synth(data, len(data) + 1, 0, 1, 0, 1, None, None)
        self.library.espeak_Synchronize()
        sound = np.concatenate(self.samples).astype(float) / 32768
        loud = np.nonzero(np.abs(sound) > 0.004)[0]
        first, last = loud[0], loud[-1] + 1
        starts, place = {}, 0
        for number, word in enumerate(text.split()):
            begin = text.index(word, place)
            place = begin + len(word)
            # Positions count from 1. A number or an abbreviation is several events: its first counts.
            said = [sample for position, sample in self.events if begin < position <= place]
            if said:
                starts[number] = max(0, (min(said) - first) / self.rate)
        starts[0] = 0.0
        sound = sound[first:last]
        return resample(sound, self.rate) * 0.1 / np.sqrt(np.mean(sound ** 2)), starts, len(sound) / self.rate


def resample(sound, rate):
    """To 8 kHz, through the band of a telephone (300 to 3400 Hz)."""
    spectrum = np.fft.rfft(sound)
    frequencies = np.fft.rfftfreq(len(sound), 1 / rate)
    spectrum *= np.clip((frequencies - 200) / 150, 0, 1) * np.clip((3500 - frequencies) / 150, 0, 1)
    length = int(len(sound) * RATE / rate)
    return np.fft.irfft(spectrum[: length // 2 + 1], length) * length / len(sound)


def mulaw(sound):
    value = np.clip(np.round(sound * 32768), -32635, 32635).astype(int)
    sign = np.where(value < 0, 0x80, 0)
    value = np.abs(value) + 132
    exponent = np.floor(np.log2(value)).astype(int) - 7
    return (~(sign | exponent << 4 | (value >> exponent + 3) & 15) & 0xFF).astype(np.uint8)


def write_wav(path, channels):
    data = np.stack([mulaw(channel) for channel in channels], axis=1).tobytes()
    count = len(channels)
    with open(path, "wb") as file:
        file.write(b"RIFF" + struct.pack("<I", 4 + 26 + 12 + 8 + len(data) + (len(data) & 1)) + b"WAVE")
        file.write(b"fmt " + struct.pack("<IHHIIHHH", 18, 7, count, RATE, RATE * count, count, 8, 0))
        file.write(b"fact" + struct.pack("<II", 4, len(data) // count) + b"data" + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1))


def make(espeak, folder, name, voices, turns, noise, seed, echo):
    chance = random.Random(seed)
    static = np.random.RandomState(seed)
    pieces, words, at, sentence = [], [], 0.6, 0
    for turn, (speaker, text) in enumerate(turns):
        for number, part in enumerate(sentences(text)):
            sound, starts, length = espeak.say(part, *voices[speaker])
            # Between sentences of one person, and between people, who now and then begin before the other has ended.
            at += chance.choice([0.2, 0.35, 0.6, 0.9]) if number else chance.choice([-0.3, 0.3, 0.5, 0.8, 1.3, 3.0]) if turn else 0
            said = part.split()
            for index, word in enumerate(said):
                start = starts.get(index)
                if start is not None:
                    words.append({"start": round(at + start, 3), "text": word, "speaker": speaker, "sentence": sentence, "end": at + length})
                else:
                    words[-1]["text"] += " " + word
            pieces.append((speaker, at, sound))
            at += length
            sentence += 1
    for word, following in zip(words, words[1:]):
        word["end"] = min(word["end"], following["start"]) if following["sentence"] == word["sentence"] else word["end"]
    for word in words:
        word["end"] = round(word["end"], 3)
    total = int((at + 0.8) * RATE)
    lines = [np.zeros(total) for _ in voices]
    for speaker, start, sound in pieces:
        begin = int(start * RATE)
        lines[speaker][begin : begin + len(sound)] += sound[: total - begin]
    voiced = [line.copy() for line in lines]
    if echo is not None and len(lines) == 2:
        for own, other in ((0, 1), (1, 0)):
            lines[own][400:] += voiced[other][:-400] * 10 ** (echo / 20)
    hiss = 0.1 * 10 ** (-noise / 20)
    lines = [line + static.normal(0, hiss, total) for line in lines]
    kinds = [("mono", [sum(voiced) + static.normal(0, hiss, total)])] + ([("stereo", lines)] if len(lines) == 2 else [])
    for kind, channels in kinds:
        write_wav(os.path.join(folder, f"{name}-{kind}.wav"), channels)
        with open(os.path.join(folder, f"{name}-{kind}.json"), "w") as file:
            file.write(json.dumps({"echo": kind == "stereo" and echo is not None and echo + noise > AUDIBLE, "words": words}, separators=(",", ":")) + "\n")


def sentences(text):
    parts, current = [], []
    for word in text.split():
        current.append(word)
        if word[-1] in ".?!":
            parts.append(" ".join(current))
            current = []
    return parts + ([" ".join(current)] if current else [])


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    espeak = Espeak()
    scripts = {}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "scripts.txt")) as file:
        for line in file:
            if line.startswith("# "):
                turns = scripts.setdefault(line[2:].strip(), [])
            elif line.strip():
                speaker, text = line.split(" ", 1)
                turns.append((int(speaker), text.strip()))
    for name, voices, script, noise, seed, echo in SMALL if "--small" in sys.argv else CALLS:
        make(espeak, folder, name, voices, scripts[script], noise, seed, echo)


if __name__ == "__main__":
    main()
