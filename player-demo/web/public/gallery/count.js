// A script of the page of files, that comes as the pictures do: it says how much there is to see.
{
  const pictures = [...document.querySelectorAll('.pictures img')];
  const count = document.getElementById('count');
  if (count !== null) count.textContent = `${pictures.length} pictures, counted by a script that came as they did.`;
}
