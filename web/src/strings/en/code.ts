/** The visitor's own code. */
export const code = {
  'code.title': 'Your code',
  'code.intro':
    'MQTT.js, run against the broker of this page. Its clients stand on the stage like any other.',
  'code.editor': 'Your code, in JavaScript',
  'code.snippet': 'Snippet',
  'code.snippet.choose': 'Take a snippet…',
  'code.snippet.of': 'Lesson {number}: {title}',
  'code.snippet.clean-session': 'a clean session forgets',
  'code.snippet.persistent-session': 'a persistent one waits',
  'code.snippet.session-present': 'what session present says',
  'code.snippet.qos-1-and-2': 'QoS 1 and QoS 2 on the wire',
  'code.snippet.message-expiry': 'a message that grows stale',
  'code.snippet.will': 'a will',
  'code.snippet.shared-subscription': 'workers that share',
  'code.snippet.undo': 'What you had written comes back with Ctrl+Z.',
  'code.run': 'Run',
  'code.again': 'Run again',
  'code.run_title': 'Run the code (Ctrl+Enter)',
  'code.stop': 'Stop',
  'code.pace': 'with the clock at 1×',
  'code.pace_title':
    'Lets the time of the page pass as fast as that of the code, whose own timers follow the wall clock.',
  'code.paused': 'The clock stands still: packets wait on the stage, the code does not.',
  'code.other_speed': 'The clock runs at {speed}×; the code’s own timers follow the wall clock.',
  'code.to_pace': 'Clock at 1×',
  'code.console': 'Console',
  'code.console.empty': 'What your code says with console.log is shown here.',
  'code.console.clear': 'Clear',
  'code.console.line': 'line {line}',
  'code.level.log': 'log',
  'code.level.info': 'info',
  'code.level.warn': 'warning',
  'code.level.error': 'error',
  'code.level.debug': 'debug',
  'code.level.note': 'note',
  'code.about': 'How it runs',
  'code.about.mqtt':
    'mqtt is MQTT.js 5; mqtt.connect(options) leads to the broker here, whatever address it is given. await works at the top.',
  'code.about.sandbox':
    'The code runs in a sandbox without network, when you press Run and never else. It is in no link and in no scenario file.',
  'code.about.recorded':
    'What its clients send is part of the scenario: rewinding and sharing need no code. Going back ends it, since a program cannot be rewound.',
  'code.about.keys': 'Tab indents. Escape, then Tab, leaves the editor. Ctrl+Enter runs the code.',
  'code.about.kept': 'What you write is kept in this browser.',
  'code.stopped': 'Stopped, its connections closed.',
  'code.dropped': '{count} more lines were said at once than can be shown.',
  'code.left.seek':
    'You went back in time. Code cannot go with you, so it was stopped and its connections closed.',
  'code.left.replace': 'Another scenario was opened, so the code was stopped.',
  'code.failed.silent':
    'Stopped: the code has not answered for 2 s. A loop without end keeps it from hearing anything.',
  'code.failed.flood':
    'Stopped: the code sent more than 1000 messages within a second, on the network or the console.',
  'code.failed.start': 'The code did not start within 10 s.',
  'code.not_fetched': 'MQTT.js could not be fetched: {reason}',
  'code.too_long': 'The code is longer than {max} characters.',
  'code.streams': 'Stopped: the code holds {max} network connections, and wanted another.',
  'code.sent_too_much':
    'Stopped: a scenario file may have {max} KiB, and what the code sends has no more room in it.',
  'code.too_many_commands':
    'Stopped: a scenario may have {max} commands, and there is no room for more. All that the code sends at once is one.',
} as const;
