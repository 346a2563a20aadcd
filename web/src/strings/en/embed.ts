/** A lesson or a scenario inside another page, and the piece of HTML that puts it there. */
export const embed = {
  'embed.open': 'Open in Afterlink',
  'embed.open_hint': 'In a new tab, with all lessons, the inspector and the log',
  'embed.nothing':
    'The address of this frame names nothing to show: add lesson=1, or the #play=… of a link.',
  'embed.no_lesson': 'There is no lesson “{value}”. The lessons are 1 to {last}.',
  'embed.no_theme': 'There is no theme “{value}”: it is light, dark or auto.',
  'embed.no_protocol': 'There is no protocol “{value}”: it is 5.0 or 3.1.1.',
  'embed.refused': 'This frame cannot be filled',
  'embed.title': 'Put it into a page of yours',
  'embed.hint': 'A piece of HTML for a blog or a course. It keeps nothing and tells nobody.',
  'embed.what': 'What',
  'embed.what.lesson': 'this lesson, from its beginning',
  'embed.what.moment': 'this moment, to play on from',
  'embed.height': 'Height',
  'embed.height.pixels': '{pixels} pixels',
  'embed.html': 'HTML',
  'embed.copy': 'Copy the HTML',
  'embed.copied': 'Copied.',
  'embed.by_hand': 'Copy it by hand.',
  'embed.frame_title': 'Afterlink: {what}',
  'embed.a_scenario': 'an MQTT scenario',
} as const;
