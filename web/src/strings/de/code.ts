import type { code as english } from '../en/code';

export const code: Record<keyof typeof english, string> = {
  'code.title': 'Ihr Code',
  'code.intro':
    'MQTT.js, ausgeführt gegen den Broker dieser Seite. Seine Clients stehen auf der Bühne wie alle anderen.',
  'code.editor': 'Ihr Code, in JavaScript',
  'code.snippet': 'Beispiel',
  'code.snippet.choose': 'Beispiel nehmen …',
  'code.snippet.of': 'Lektion {number}: {title}',
  'code.snippet.clean-session': 'eine Clean Session vergisst',
  'code.snippet.persistent-session': 'eine bleibende wartet',
  'code.snippet.session-present': 'was Session Present sagt',
  'code.snippet.qos-1-and-2': 'QoS 1 und QoS 2 auf der Leitung',
  'code.snippet.message-expiry': 'eine Nachricht, die veraltet',
  'code.snippet.will': 'ein Will',
  'code.snippet.shared-subscription': 'Arbeiter, die sich abwechseln',
  'code.snippet.undo': 'Was Sie geschrieben hatten, kommt mit Strg+Z zurück.',
  'code.run': 'Ausführen',
  'code.again': 'Nochmals ausführen',
  'code.dropped': '{count} weitere Zeilen kamen auf einmal, mehr, als sich zeigen lassen.',
  'code.run_title': 'Den Code ausführen (Strg+Enter)',
  'code.stop': 'Abbrechen',
  'code.pace': 'mit der Uhr bei 1×',
  'code.pace_title':
    'Lässt die Zeit der Seite so schnell vergehen wie die des Codes, dessen eigene Timer der Wanduhr folgen.',
  'code.paused': 'Die Uhr steht: Pakete warten auf der Bühne, der Code nicht.',
  'code.other_speed': 'Die Uhr läuft mit {speed}×; die Timer des Codes folgen der Wanduhr.',
  'code.to_pace': 'Uhr auf 1×',
  'code.console': 'Konsole',
  'code.console.empty': 'Was Ihr Code mit console.log ausgibt, erscheint hier.',
  'code.console.clear': 'Leeren',
  'code.console.line': 'Zeile {line}',
  'code.level.log': 'Ausgabe',
  'code.level.info': 'Info',
  'code.level.warn': 'Warnung',
  'code.level.error': 'Fehler',
  'code.level.debug': 'Debug',
  'code.level.note': 'Hinweis',
  'code.about': 'Wie er läuft',
  'code.about.mqtt':
    'mqtt ist MQTT.js 5; mqtt.connect(options) führt zum hiesigen Broker, welche Adresse auch angegeben ist. await geht auch auf oberster Ebene.',
  'code.about.sandbox':
    'Der Code läuft in einer Sandbox ohne Netz, wenn Sie Ausführen drücken, und nie sonst. Er steht in keinem Link und in keiner Szenario-Datei.',
  'code.about.recorded':
    'Was seine Clients senden, gehört zum Szenario: Zurückspulen und Teilen brauchen keinen Code. Zurückgehen beendet ihn, denn ein Programm lässt sich nicht zurückspulen.',
  'code.about.keys':
    'Tab rückt ein. Escape und dann Tab verlässt den Editor. Strg+Enter führt den Code aus.',
  'code.about.kept': 'Was Sie schreiben, bleibt in diesem Browser gespeichert.',
  'code.stopped': 'Abgebrochen, seine Verbindungen sind geschlossen.',
  'code.left.seek':
    'Sie sind in der Zeit zurückgegangen. Der Code kann nicht mit, daher wurde er abgebrochen, und seine Verbindungen sind geschlossen.',
  'code.left.replace': 'Ein anderes Szenario wurde geöffnet, daher wurde der Code abgebrochen.',
  'code.failed.silent':
    'Abgebrochen: Der Code hat 2 s lang nicht geantwortet. In einer Schleife ohne Ende hört er nichts.',
  'code.failed.flood':
    'Abgebrochen: Der Code hat mehr als 1000 Nachrichten in einer Sekunde gesendet, ins Netz oder an die Konsole.',
  'code.failed.start': 'Der Code ist nicht innerhalb von 10 s gestartet.',
  'code.not_fetched': 'MQTT.js ließ sich nicht laden: {reason}',
  'code.too_long': 'Der Code ist länger als {max} Zeichen.',
  'code.streams': 'Abgebrochen: Der Code hat {max} Netzverbindungen und wollte noch eine.',
  'code.sent_too_much':
    'Abgebrochen: Eine Szenario-Datei darf {max} KiB haben, und was der Code sendet, passt nicht mehr hinein.',
  'code.too_many_commands':
    'Abgebrochen: Ein Szenario darf {max} Befehle haben, und für weitere ist kein Platz. Was der Code auf einmal sendet, ist einer.',
};
